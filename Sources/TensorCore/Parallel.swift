internal import CKernels
internal import Dispatch
internal import Synchronization

/// Splits loops over the processor's cores. The pieces depend on the amount of work alone, never on
/// the number of threads or on who finishes first, and what pieces sum up is added in their order:
/// the same program gives the same bits on one core and on eight.
package enum Parallel {
  private static let limit = Atomic<Int>(0)

  /// How many threads compute. Set once at the start of a program; as many as there are cores
  /// unless set.
  package static var threads: Int {
    get {
      let set = limit.load(ordering: .relaxed)
      return set > 0 ? set : CPU.cores
    }
    set { limit.store(max(1, newValue), ordering: .relaxed) }
  }

  /// Calls `body` once for every index, on several threads, and returns when all are done.
  static func forEach(_ count: Int, _ body: (Int) -> Void) {
    let workers = min(threads, count)
    guard workers > 1 else {
      for index in 0..<count { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let isDone = unsafe withUnsafePointer(to: body) {
        unsafe ck_together(
          count, Int32(workers),
          { body, index in
            unsafe body?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(index)
          }, UnsafeMutableRawPointer(mutating: $0))
      }
      // One loop inside or beside another: those threads are taken.
      if isDone == 0 { forEachByDispatch(count, workers, body) }
    }
  }

  private static func forEachByDispatch(
    _ count: Int, _ workers: Int, _ body: @escaping (Int) -> Void
  ) {
    let next = Atomic<Int>(0)
    // Dispatch asks for a Sendable closure because it cannot know what ours do. The lock here is
    // the counter `next`: no index is handed out twice, bodies write only to their own index's
    // memory, and concurrentPerform returns after the last of them.
    nonisolated(unsafe) let shared = body
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        unsafe shared(index)
      }
    }
  }

  /// `count` cut into pieces of `size`, the last one shorter.
  static func pieces(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }

  static func piece(_ index: Int, of size: Int, in count: Int) -> Range<Int> {
    index * size..<min(count, (index + 1) * size)
  }

  /// Calls `body` for each piece of `0..<count`, on several threads.
  static func forEachPiece(of count: Int, size: Int, _ body: (Range<Int>) -> Void) {
    forEach(pieces(count, of: size)) { body(piece($0, of: size, in: count)) }
  }
}
