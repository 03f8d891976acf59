internal import Glibc

/// Where bytes come from.
enum ByteSource {
  case file(Int32)
  case memory([UInt8])

  /// Reads at most `count` bytes at `offset`, as `pread` does.
  func read(_ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int) -> Int {
    switch self {
    case .file(let descriptor): return unsafe pread(descriptor, buffer, count, off_t(offset))
    case .memory(let bytes):
      let wanted = max(0, min(count, bytes.count - offset))
      unsafe bytes.withUnsafeBytes {
        unsafe buffer.copyMemory(from: $0.baseAddress! + offset, byteCount: wanted)
      }
      return wanted
    }
  }
}

/// A reading position within `start..<end` of a file, in the form that C libraries' callbacks want.
struct ReadCursor {
  private let source: ByteSource
  let start: Int
  let end: Int
  /// Counted from `start`.
  private(set) var position = 0
  /// The error number of a read that failed, else 0.
  private(set) var failure: Int32 = 0

  init(_ source: ByteSource, start: Int, end: Int) {
    self.source = source
    self.start = start
    self.end = end
  }

  var length: Int { end - start }

  /// Reads until `count` bytes are there or the range ends. Returns the bytes read, -1 on an error.
  mutating func read(into buffer: UnsafeMutableRawPointer, count: Int) -> Int {
    var done = 0
    let wanted = max(0, min(count, length - position))
    while done < wanted {
      let n = unsafe source.read(buffer + done, wanted - done, at: start + position)
      if n < 0 && errno == EINTR { continue }
      if n < 0 {
        failure = errno
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
      to: ReadCursor(file.source, start: start, end: file.size))
  }

  var value: ReadCursor { unsafe pointer.pointee }

  deinit {
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }
}
