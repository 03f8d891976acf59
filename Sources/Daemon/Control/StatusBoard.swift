internal import Synchronization

/// What the supervisor's loop last knew, for whoever asks: read from any thread at any time, so that
/// an answer never waits for the loop.
package final class StatusBoard: Sendable {
  struct Inbox: Sendable {
    var path: BytePath
    var trouble: String?
    var isPolled: Bool
    /// Files that are not complete yet.
    var settling: Int
  }

  struct Status: Sendable {
    var summary = "starting"
    var paused: String?
    var running: [(job: Job, control: JobControl)] = []
    var inboxes: [Inbox] = []
    var outbox = BytePath("")
    var model: ModelProbe?
    /// Prometheus text.
    var metrics = ""
  }

  private let status = Mutex(Status())
  /// Monotonic time of the start, s.
  let started = MonotonicClock.now

  package init() {}

  func update(_ change: (inout sending Status) -> Void) { status.withLock { change(&$0) } }

  var current: Status { status.withLock { $0 } }
}
