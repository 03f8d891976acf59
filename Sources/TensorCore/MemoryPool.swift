internal import CKernels
internal import Synchronization

/// Keeps freed blocks for the next tensor of about the same size. A training step asks for the same
/// sizes every time, and fresh memory costs a page fault per 4 KiB: without the pool those faults
/// took a quarter of a step.
enum MemoryPool {
  @safe struct Block {
    let pointer: UnsafeMutableRawPointer
    let bytes: Int
  }

  /// Kept by size; the addresses are integers because they pass between threads under the lock.
  private struct Free: Sendable {
    var blocks: [Int: [UInt]] = [:]
    var bytes = 0
  }

  private static let free = Mutex(Free())
  /// Beyond this the pool gives memory back: a program's own peak is what is worth keeping.
  private static let limit = 6 << 30
  /// A reused block would hide a use after free from the address sanitizer.
  private static let reuses = ck_has_address_sanitizer() == 0

  /// Sizes are rounded up to an eighth of their power of two, so that nearly equal ones meet.
  private static func rounded(_ bytes: Int) -> Int {
    let step = max(64, (1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)) / 8)
    return (bytes + step - 1) / step * step
  }

  static func take(bytes: Int) -> Block {
    let size = rounded(bytes)
    let kept = free.withLock { free -> UInt? in
      guard let address = free.blocks[size]?.popLast() else { return nil }
      free.bytes -= size
      return address
    }
    if let kept, let pointer = unsafe UnsafeMutableRawPointer(bitPattern: kept) {
      return unsafe Block(pointer: pointer, bytes: size)
    }
    guard let pointer = unsafe ck_allocate(size) else {
      fatalError("out of memory: \(size) bytes were refused")
    }
    return unsafe Block(pointer: pointer, bytes: size)
  }

  static func give(_ block: Block) {
    let address = unsafe UInt(bitPattern: block.pointer)
    let keep = free.withLock { free in
      guard reuses, free.bytes + block.bytes <= limit else { return false }
      free.blocks[block.bytes, default: []].append(address)
      free.bytes += block.bytes
      return true
    }
    if !keep { unsafe ck_free(block.pointer) }
  }
}
