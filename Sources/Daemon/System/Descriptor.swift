internal import Glibc

/// An open file descriptor that closes itself.
package struct Descriptor: ~Copyable, Sendable {
  package let number: Int32

  /// Takes over `number`.
  package init(taking number: Int32) { self.number = number }

  deinit { if number >= 0 { close(number) } }
}

/// How a file is opened: for reading unless told otherwise, always close-on-exec.
struct OpenOptions: OptionSet {
  let rawValue: Int32
  static let writing = OpenOptions(rawValue: O_RDWR)
  /// Fails where the file exists.
  static let new = OpenOptions(rawValue: O_RDWR | O_CREAT | O_EXCL)
  static let folder = OpenOptions(rawValue: O_DIRECTORY)
  /// Fails on a symbolic link as the last part.
  static let noLink = OpenOptions(rawValue: O_NOFOLLOW)
  /// A FIFO without a writer opens at once.
  static let noWait = OpenOptions(rawValue: O_NONBLOCK | O_NOCTTY)
}

extension Descriptor {
  static func open(
    _ path: BytePath, _ options: OpenOptions = [], mode: mode_t = 0o640
  ) throws(DaemonError) -> Descriptor {
    let number = unsafe path.withCString {
      unsafe Glibc.open($0, options.rawValue | O_CLOEXEC, mode)
    }
    guard number >= 0 else { throw .last("open", path) }
    return Descriptor(taking: number)
  }

  /// Up to `count` bytes from the present position, fewer only at the end of the file.
  func read(_ count: Int, of path: BytePath) throws(DaemonError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(number, buffer.baseAddress! + filled, count - filled)
      }
      if got < 0 {
        if errno == EINTR { continue }
        throw .last("read", path)
      }
      if got == 0 { break }
      filled += got
    }
    bytes.removeSubrange(filled...)
    return bytes
  }

  /// Writes all of `bytes`. A full disk answers a first write with a short count: the rest is tried
  /// again and brings the error.
  func write(_ bytes: some Sequence<UInt8>, to path: BytePath) throws(DaemonError) {
    try Self.write(bytes, to: number, path)
  }

  /// The same, to a descriptor that belongs to somebody else.
  static func write(
    _ bytes: some Sequence<UInt8>, to number: Int32, _ path: BytePath
  ) throws(DaemonError) {
    let all = Array(bytes)
    var written = 0
    while written < all.count {
      let put = unsafe all.withUnsafeBytes { buffer in
        unsafe Glibc.write(number, buffer.baseAddress! + written, all.count - written)
      }
      if put < 0 {
        if errno == EINTR { continue }
        throw .last("write", path)
      }
      written += put
    }
  }

  /// Waits until the file, or the folder's list of names, is on the disk.
  func synchronize(_ path: BytePath) throws(DaemonError) {
    guard fsync(number) == 0 else { throw .last("save", path) }
  }
}
