internal import Glibc
internal import Synchronization

/// How long matrix products take and how much they compute, for measurements: outside of
/// ``measure(_:)`` a product only asks whether somebody wants to know.
package enum ProductClock {
  package struct Reading: Hashable, Sendable {
    /// What all threads computed inside products: with the rounding and packing that a product does
    /// for itself, without what inference does once for several.
    package var seconds = 0.0
    /// A multiplication and an addition are two.
    package var operations = 0.0

    package init() {}
  }

  private static let isOn = Atomic<Bool>(false)
  private static let nanoseconds = Atomic<Int>(0)
  private static let operations = Atomic<Int>(0)

  /// What the products of `body` take.
  package static func measure(_ body: () throws -> Void) rethrows -> Reading {
    nanoseconds.store(0, ordering: .relaxed)
    operations.store(0, ordering: .relaxed)
    isOn.store(true, ordering: .relaxed)
    defer { isOn.store(false, ordering: .relaxed) }
    try body()
    var reading = Reading()
    reading.seconds = Double(nanoseconds.load(ordering: .relaxed)) * 1e-9
    reading.operations = Double(operations.load(ordering: .relaxed))
    return reading
  }

  /// A moment before a product, for ``stop(_:_:_:_:)``; 0 where nobody measures.
  static func start() -> Int { isOn.load(ordering: .relaxed) ? now() : 0 }

  /// After a product of (m, k) and (k, n) on this thread.
  static func stop(_ start: Int, _ m: Int, _ n: Int, _ k: Int) {
    guard start > 0 else { return }
    nanoseconds.wrappingAdd(now() - start, ordering: .relaxed)
    operations.wrappingAdd(2 * m * n * k, ordering: .relaxed)
  }

  /// What this thread has computed: other programs on the same core do not count.
  private static func now() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
