internal import CKernels

/// The memory that tensors take, in bytes.
package enum TensorMemory {
  /// The most in use at once while `body` runs.
  package static func peak(of body: () throws -> Void) rethrows -> Int {
    _ = ck_most_memory(1)
    try body()
    return ck_most_memory(0)
  }

  /// How many blocks came from the system so far, instead of being used again: this stands still
  /// once a network has heard a window.
  package static var blocksFromSystem: Int { Int(ck_fresh_blocks()) }

  /// How much freed memory is kept for the next tensors at most, instead of going back to the
  /// system.
  package static func keep(atMost bytes: Int) { ck_keep_memory(max(0, bytes)) }
}
