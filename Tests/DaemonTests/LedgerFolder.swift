import Daemon
import Foundation
import TestSupport

/// A ledger in a folder of its own.
final class LedgerFolder {
  let folder: TemporaryFolder
  let ledger: JobLedger
  var path: BytePath { BytePath(folder("jobs.sqlite").path) }

  init() throws {
    folder = try TemporaryFolder()
    ledger = try JobLedger.open(at: BytePath(folder("jobs.sqlite").path)).ledger
  }
}

extension FoundFile {
  static func sample(_ name: String, _ number: Int64 = 1) -> FoundFile {
    FoundFile(
      path: BytePath(name),
      stamp: FileStamp(
        device: .max, inode: .max - 1, size: 1000, modified: number, changed: -number))
  }
}
