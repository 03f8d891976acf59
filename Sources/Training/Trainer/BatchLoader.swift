import Dispatch
import Synchronization

/// Renders batches ahead of the training loop on a thread of its own, in order, so that the
/// products never wait and the order of the data depends on nothing but the seed.
final class BatchLoader: Sendable {
  private let queue = DispatchQueue(label: "charthero.batches", qos: .utility)
  private let ready = Mutex<[Result<TrainingBatch, any Error>]>([])
  private let filled = DispatchSemaphore(value: 0)
  private let free = DispatchSemaphore(value: 0)
  private let stopped = Atomic<Bool>(false)

  /// `render` makes batch `index`; it is called for `first`, `first + 1`, ... on one thread.
  init(
    first: Int, ahead: Int = 3, render: @escaping @Sendable (Int) throws -> TrainingBatch
  ) {
    // Counted up from 0: Dispatch traps when a semaphore is freed below the value it began with.
    for _ in 0..<ahead { free.signal() }
    queue.async { [self] in
      var index = first
      while true {
        free.wait()
        if stopped.load(ordering: .acquiring) { return }
        let batch = Result { try render(index) }
        ready.withLock { $0.append(batch) }
        filled.signal()
        if case .failure = batch { return }
        index += 1
      }
    }
  }

  /// The next batch in order; waits until it is rendered.
  func next() throws -> TrainingBatch {
    filled.wait()
    let batch = ready.withLock { $0.removeFirst() }
    free.signal()
    return try batch.get()
  }

  /// Ends the thread after the batch it is rendering.
  func stop() {
    stopped.store(true, ordering: .releasing)
    free.signal()
  }
}
