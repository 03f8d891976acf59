internal import Audio
internal import Glibc

/// A system call that failed: what was tried, on what, and why.
struct SystemFailure: Error, CustomStringConvertible {
  var reason: String
  var code: Int32
  var description: String { reason }

  /// From `errno`, right after the call.
  static func last(_ action: String, _ path: String) -> SystemFailure {
    let code = errno
    return SystemFailure(
      reason: "cannot \(action) \(path): \(SystemError.text(code))", code: code)
  }
}

/// The few file operations that must not be half done.
enum Disk {
  /// Writes a new file whole and waits until the disk has it.
  static func write(_ bytes: [UInt8], to path: String) throws(SystemFailure) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .last("create", path) }
    defer { close(file) }
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(file, $0.baseAddress! + done, bytes.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .last("write", path) }
      done += count
    }
    guard fsync(file) == 0 else { throw .last("write", path) }
  }

  /// Waits until the disk has a file or a folder's list of names.
  static func synchronize(_ path: String) throws(SystemFailure) {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .last("open", path) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw .last("write", path) }
  }

  static func makeFolder(_ path: String) throws(SystemFailure) {
    guard unsafe mkdir(path, 0o755) == 0 else { throw .last("create", path) }
  }

  /// A file's bytes, `nil` when it cannot be read or has more than `limit`. Follows no link.
  static func contents(_ path: String, limit: Int = 64 << 20) -> [UInt8]? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0, status.st_size <= limit else { return nil }
    var bytes: [UInt8] = []
    do { try read(file) { bytes += $0 } } catch { return nil }
    return bytes
  }

  /// Hands out all bytes of a descriptor, block by block, without moving its offset.
  static func read(_ file: Int32, _ take: (ArraySlice<UInt8>) -> Void) throws(SystemFailure) {
    var block = [UInt8](repeating: 0, count: 1 << 16)
    var offset = 0
    while true {
      let count = unsafe pread(file, &block, block.count, off_t(offset))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .last("read", "the song") }
      if count == 0 { return }
      take(block[..<count])
      offset += count
    }
  }
}
