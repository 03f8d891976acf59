internal import Glibc

/// The bytes of a song: a regular file's, read by position so that the descriptor's own offset does
/// not matter, or some in memory. Does not own the descriptor.
struct MediaFile {
  let name: String
  let size: Int
  let source: ByteSource

  init(descriptor: Int32, name: String) throws(AudioError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw AudioError(name: name, stage: .open, reason: SystemError.text())
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
      throw AudioError(name: name, stage: .recognise, reason: "it is \(kind)")
    }
    self.name = name
    size = Int(status.st_size)
    source = .file(descriptor)
  }

  init(bytes: [UInt8], name: String) {
    self.name = name
    size = bytes.count
    source = .memory(bytes)
  }

  /// Up to `count` bytes from `offset`; fewer at the end of the file.
  func bytes(at offset: Int, count: Int) throws(AudioError) -> [UInt8] {
    let wanted = min(count, max(0, size - offset))
    guard wanted > 0 else { return [] }
    var cursor = ReadCursor(source, start: offset, end: offset + wanted)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      filled = unsafe max(0, cursor.read(into: buffer.baseAddress!, count: wanted))
    }
    try check(cursor)
    return bytes
  }

  /// Tells a failed disk from the end of the file: decoders take both for the end.
  func check(_ cursor: ReadCursor) throws(AudioError) {
    if cursor.failure != 0 {
      throw AudioError(name: name, stage: .open, reason: SystemError.text(cursor.failure))
    }
  }
}

/// A descriptor that closes itself.
struct OwnedDescriptor: ~Copyable {
  let number: Int32

  /// Opens for reading. Does not block on a FIFO.
  init(reading path: String) throws(AudioError) {
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard number >= 0 else {
      throw AudioError(name: path, stage: .open, reason: SystemError.text())
    }
    self.number = number
  }

  /// Makes a new file; one that exists is an error.
  init(creating path: String) throws(AudioError) {
    let number = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard number >= 0 else {
      throw AudioError(name: path, stage: .write, reason: SystemError.text())
    }
    self.number = number
  }

  deinit { close(number) }
}

/// The system's words for its error numbers.
package enum SystemError {
  /// By default for `errno`, right after a call that failed.
  package static func text(_ code: Int32 = errno) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
