internal import Glibc
internal import Synchronization

/// The handle on a running job: how far it is, and how to stop it.
package final class JobControl: Sendable {
  package struct Progress: Hashable, Sendable {
    package var stage = "waiting"
    /// 0...1.
    package var fraction = 0.0
  }

  private struct State {
    var worker: pid_t?
    var isStopped = false
    var isCancelled = false
    var progress = Progress()
  }

  private let state = Mutex(State())
  /// Monotonic time, s.
  package let started = MonotonicClock.now

  package init() {}

  package var progress: Progress { state.withLock(\.progress) }
  package var isStopped: Bool { state.withLock(\.isStopped) }
  /// Whether it was a person who stopped it.
  var isCancelled: Bool { state.withLock(\.isCancelled) }

  /// The reason that a cancelled song is refused for.
  static let cancelled = "it was cancelled"

  func note(_ stage: String, _ fraction: Double) {
    state.withLock { $0.progress = Progress(stage: stage, fraction: min(max(fraction, 0), 1)) }
  }

  /// Kills the worker and lets none start.
  package func stop() {
    state.withLock { state in
      state.isStopped = true
      if let worker = state.worker { kill(-worker, SIGKILL) }
    }
  }

  /// Stops the job for good.
  func cancel() {
    state.withLock { $0.isCancelled = true }
    stop()
  }

  /// - Returns: false where the job was stopped before.
  func attach(_ worker: pid_t) -> Bool {
    state.withLock { state in
      if state.isStopped { return false }
      state.worker = worker
      return true
    }
  }

  /// To be called before the worker is waited for: its number may belong to another one after that.
  func detach() { state.withLock { $0.worker = nil } }
}
