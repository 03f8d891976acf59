internal import Glibc

/// Whole files in and out, with errors in plain words.
enum FileBytes {
  static func read(_ path: String) throws(ModelError) -> [UInt8] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(path, "cannot be opened") }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0 else { throw failure(path, "cannot be examined") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ModelError(path: path, cause: "is not a file")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(file, buffer.baseAddress! + filled, buffer.count - filled)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw failure(path, "cannot be read") }
      if got == 0 { break }
      filled += got
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  /// Temporary file in the same folder, flushed to the disk, renamed.
  static func replace(_ path: String, with bytes: [UInt8]) throws(ModelError) {
    let temporary = path + ".partial"
    let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure(path, "cannot be written") }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(file, buffer.baseAddress! + written, buffer.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let error = failure(path, "cannot be written")
        close(file)
        unsafe unlink(temporary)
        throw error
      }
      written += count
    }
    let flushed = fsync(file) == 0
    guard close(file) == 0, flushed, unsafe rename(temporary, path) == 0 else {
      let error = failure(path, "cannot be written")
      unsafe unlink(temporary)
      throw error
    }
  }

  /// With the system's reason, taken before anything else can change it.
  private static func failure(_ path: String, _ what: String) -> ModelError {
    let reason = unsafe String(cString: strerror(errno))
    return ModelError(
      path: path, cause: "\(what): \(reason.prefix(1).lowercased())\(reason.dropFirst())")
  }
}
