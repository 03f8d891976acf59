/// What can be asked of a running daemon: one line of JSON on its control socket.
package enum ControlRequest: Codable, Hashable, Sendable {
  /// - Parameter recent: how many of the jobs that ended last are told.
  case status(recent: Int)
  case retry(Retry)
  case cancel(jobs: [Int64])
  case metrics

  /// Which songs are to be converted again.
  package enum Retry: Codable, Hashable, Sendable {
    case jobs([Int64])
    case allFailed
    /// All songs that still lie somewhere and were converted by another model than the present one.
    case olderModel
    case all
  }
}

/// What it answers: one line of JSON.
package enum ControlReply: Codable, Hashable, Sendable {
  case status(DaemonStatus)
  /// So many jobs were changed; and why others were not, by job.
  case changed(Int, refused: [Refusal])
  /// Prometheus text.
  case metrics(String)
  case failed(reason: String)

  package struct Refusal: Codable, Hashable, Sendable {
    package var job: Int64
    package var reason: String
  }
}

/// The daemon at one moment.
package struct DaemonStatus: Codable, Hashable, Sendable {
  /// One line, as systemd shows it.
  package var summary: String
  /// Why nothing is started at the moment.
  package var paused: String?
  package var running: [RunningJob]
  /// Jobs of each state, by its name.
  package var counts: [String: Int]
  /// The jobs that ended last, the latest first.
  package var recent: [EndedJob]
  package var inboxes: [Inbox]
  package var outbox: String
  /// Bytes free there.
  package var freeBytes: Int64?
  package var model: String
  /// What the workers compute on.
  package var kernels: String
  package var processIdentifier: Int32
  /// Seconds since the start.
  package var uptime: Double

  package struct RunningJob: Codable, Hashable, Sendable {
    package var job: Int64
    package var song: String
    package var stage: String
    /// 0...1.
    package var fraction: Double
    /// Seconds since its start.
    package var seconds: Double
  }

  package struct EndedJob: Codable, Hashable, Sendable {
    package var job: Int64
    package var song: String
    package var state: JobState
    /// The chart's folder in the outbox.
    package var folder: String?
    package var stage: String?
    package var reason: String?
    /// Seconds since 1970.
    package var finished: Double?
  }

  package struct Inbox: Codable, Hashable, Sendable {
    package var path: String
    /// Why it cannot be read.
    package var trouble: String?
    /// Whether it is looked into by the clock, because it reports no changes.
    package var isPolled: Bool
    /// Files that are not complete yet.
    package var settling: Int
  }
}
