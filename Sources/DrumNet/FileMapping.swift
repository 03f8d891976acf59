internal import Glibc

/// A file's bytes where the system keeps them, without a copy. Whoever writes to them changes a copy
/// of his own. The file must not be cut short meanwhile; our own writing replaces files whole.
@safe final class FileMapping {
  let bytes: UnsafeMutableRawBufferPointer

  init(_ path: String) throws(ModelError) {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileBytes.failure(path, "cannot be opened") }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0 else {
      throw FileBytes.failure(path, "cannot be examined")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ModelError(path: path, cause: "is not a file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      unsafe bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw FileBytes.failure(path, "cannot be read")
    }
    // All of it is wanted soon.
    unsafe madvise(start, count, Int32(MADV_WILLNEED))
    unsafe bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  deinit { if let start = unsafe bytes.baseAddress { unsafe munmap(start, bytes.count) } }

  /// Gives the memory back until the bytes are read again. To be called before anybody writes to
  /// them: what was written would be lost.
  func release() {
    if let start = unsafe bytes.baseAddress {
      unsafe madvise(start, bytes.count, Int32(MADV_DONTNEED))
    }
  }
}
