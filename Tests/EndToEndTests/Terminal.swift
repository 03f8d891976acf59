import Foundation
import Glibc

/// A terminal that a program can be given for its output, and that is read from the other side.
struct Terminal {
  private let reader: Int32
  /// The side for the program.
  let url: URL

  // Swift does not see posix_openpt, unlockpt and ptsname; these are the requests behind them.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  init() throws {
    reader = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var lock: Int32 = 0
    var number: Int32 = 0
    guard reader >= 0, unsafe ioctl(reader, Self.setLock, &lock) == 0,
      unsafe ioctl(reader, Self.getNumber, &number) == 0
    else { throw CocoaError(.fileNoSuchFile) }
    url = URL(filePath: "/dev/pts/\(number)")
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
