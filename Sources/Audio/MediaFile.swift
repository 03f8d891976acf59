internal import Glibc

/// Bytes of a regular file, read by position so that the descriptor's own offset does not matter.
/// Does not own the descriptor.
struct MediaFile {
  let descriptor: Int32
  let name: String
  let size: Int

  init(descriptor: Int32, name: String) throws(AudioError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw AudioError(name: name, stage: .open, reason: SystemError.text())
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
      throw AudioError(name: name, stage: .open, reason: "it is \(kind)")
    }
    self.descriptor = descriptor
    self.name = name
    size = Int(status.st_size)
  }

  /// Up to `count` bytes from `offset`; fewer at the end of the file.
  func bytes(at offset: Int, count: Int) throws(AudioError) -> [UInt8] {
    let wanted = min(count, max(0, size - offset))
    guard wanted > 0 else { return [] }
    var cursor = ReadCursor(descriptor: descriptor, start: offset, end: offset + wanted)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      filled = unsafe max(0, cursor.read(into: buffer.baseAddress!, count: wanted))
    }
    if cursor.failed {
      throw AudioError(name: name, stage: .decode, reason: "reading it failed")
    }
    return bytes
  }
}

/// A reading position within `start..<end` of a file, in the form that C libraries' callbacks want.
struct ReadCursor {
  let descriptor: Int32
  let start: Int
  let end: Int
  /// Counted from `start`.
  private(set) var position = 0
  private(set) var failed = false

  init(descriptor: Int32, start: Int, end: Int) {
    self.descriptor = descriptor
    self.start = start
    self.end = end
  }

  var length: Int { end - start }

  /// Reads until `count` bytes are there or the range ends. Returns the bytes read, -1 on an error.
  mutating func read(into buffer: UnsafeMutableRawPointer, count: Int) -> Int {
    var done = 0
    let wanted = max(0, min(count, length - position))
    while done < wanted {
      let n = unsafe pread(descriptor, buffer + done, wanted - done, off_t(start + position))
      if n < 0 && errno == EINTR { continue }
      if n < 0 {
        failed = true
        return -1
      }
      if n == 0 { break }
      done += n
      position += n
    }
    return done
  }

  /// Moves as `lseek` does; returns the new position, -1 when it would be negative.
  mutating func seek(_ offset: Int, whence: Int32) -> Int {
    let base =
      switch whence {
      case SEEK_SET: 0
      case SEEK_CUR: position
      default: length
      }
    let (target, overflow) = base.addingReportingOverflow(offset)
    guard !overflow, target >= 0 else { return -1 }
    position = target
    return target
  }
}

/// A cursor at a stable address, for as long as a C library holds on to it.
@safe struct HeapCursor: ~Copyable {
  let pointer: UnsafeMutablePointer<ReadCursor>

  init(_ file: MediaFile, from start: Int = 0) {
    unsafe pointer = .allocate(capacity: 1)
    unsafe pointer.initialize(
      to: ReadCursor(descriptor: file.descriptor, start: start, end: file.size))
  }

  deinit {
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
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

/// The system's words for `errno`.
enum SystemError {
  static func text() -> String {
    let code = errno
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
