internal import Foundation
internal import GRDB

/// A song in the ledger.
package struct Job: Hashable, Sendable, Identifiable {
  package var id: Int64
  /// The inbox it was found in.
  package var inbox: BytePath
  /// Relative to the inbox.
  package var path: BytePath
  /// Where the file lies now.
  package var location: BytePath
  /// Whether that is still its place in the inbox.
  package var isPresent: Bool
  package var stamp: FileStamp
  package var state: JobState
  /// Conversions that were begun and not given back.
  package var attempts: Int
  /// How often the daemon itself died while it was running.
  package var deaths: Int
  /// SHA-256 of the file, once it was read.
  package var content: [UInt8]?
  /// What the chart depends on besides the file; see `JobKey`.
  package var model: String?
  package var options: String?
  /// The name of the published chart folder in the outbox, or the one about to be published.
  package var folder: [UInt8]?
  /// Where and why it failed.
  package var stage: String?
  package var reason: String?
  /// Seconds since 1970.
  package var queued: Double
  package var finished: Double?
}

/// What decides about the chart: the same key need not be converted twice.
package struct JobKey: Hashable, Sendable {
  /// SHA-256 of the song file.
  package var content: [UInt8]
  /// Name and hash of the model.
  package var model: String
  /// The options that change the chart, spelled out.
  package var options: String

  package init(content: [UInt8], model: String, options: String) {
    self.content = content
    self.model = model
    self.options = options
  }
}

extension Job {
  init(row: Row) {
    id = row["id"]
    inbox = BytePath(row["inbox"] as Data)
    path = BytePath(row["path"] as Data)
    location = BytePath(row["location"] as Data)
    isPresent = row["present"]
    stamp = FileStamp(row: row)
    state = JobState(rawValue: row["state"])!
    attempts = row["attempts"]
    deaths = row["deaths"]
    content = (row["content"] as Data?).map(Array.init)
    model = row["model"]
    options = row["options"]
    folder = (row["folder"] as Data?).map(Array.init)
    stage = row["stage"]
    reason = row["reason"]
    queued = row["queued"]
    finished = row["finished"]
  }
}

extension FileStamp {
  init(row: Row) {
    self.init(
      device: UInt64(bitPattern: row["device"]), inode: UInt64(bitPattern: row["inode"]),
      size: row["size"], modified: row["modified"], changed: row["changed"])
  }

  /// Values for `:device, :inode, :size, :modified, :changed`.
  var arguments: [String: (any DatabaseValueConvertible)?] {
    [
      "device": Int64(bitPattern: device), "inode": Int64(bitPattern: inode), "size": size,
      "modified": modified, "changed": changed,
    ]
  }
}

extension BytePath {
  /// The path as a BLOB.
  var data: Data { Data(bytes) }
}
