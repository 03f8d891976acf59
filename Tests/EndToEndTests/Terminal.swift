import Foundation
import Glibc

/// A terminal that a program can be given for its output, and that is read from the other side.
struct Terminal {
  private let reader: Int32
  /// The side for the program.
  let url: URL

  init() throws {
    reader = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard reader >= 0, grantpt(reader) == 0, unlockpt(reader) == 0,
      let name = unsafe ptsname(reader)
    else { throw CocoaError(.fileNoSuchFile) }
    url = URL(filePath: unsafe String(cString: name))
  }

  /// Everything that is written until the last writer is gone; then the terminal is closed.
  func readToEnd() -> String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = unsafe read(reader, &block, block.count)
      if count <= 0 { break }
      bytes += block[..<count]
    }
    close(reader)
    return String(decoding: bytes, as: UTF8.self)
  }
}
