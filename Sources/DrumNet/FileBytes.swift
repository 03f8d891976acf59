internal import Glibc

/// Whole files out, with errors in plain words.
package enum FileBytes {
  /// Temporary file in the same folder, flushed to the disk, renamed.
  package static func replace(
    _ path: String, with bytes: [UInt8]
  ) throws(ModelError) {
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
  static func failure(_ path: String, _ what: String) -> ModelError {
    let reason = unsafe String(cString: strerror(errno))
    return ModelError(
      path: path, cause: "\(what): \(reason.prefix(1).lowercased())\(reason.dropFirst())")
  }
}
