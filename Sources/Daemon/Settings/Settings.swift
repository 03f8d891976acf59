package import ChartFormat

/// What the daemon is told by its configuration file.
package struct Settings: Hashable, Sendable {
  package var inboxes: [InboxSettings]
  /// Folder that chart folders are published in.
  package var outbox: BytePath
  /// Folder that refused songs move to, each with its reason beside it.
  package var failed: BytePath
  /// Folder of the job ledger, the lock and the control socket; on a local disk.
  package var state: BytePath
  /// The model's safetensors file.
  package var model: BytePath
  /// The file that charts are written to.
  package var format = ChartFileFormat.chart
  /// Songs converted at once.
  package var jobs = 1
  /// Seconds between full looks into the inboxes, whatever the kernel reported.
  package var rescan = 300.0
  /// Seconds between looks into an inbox whose file system reports nothing.
  package var poll = 10.0
  /// Seconds of the first pause after the disk, or whatever else around a song, stood in the way.
  package var backoff = 5.0
  package var limits = JobLimits()
  /// File that Prometheus's counts are kept in; none where nil.
  package var metrics: BytePath?
}

/// One watched folder.
package struct InboxSettings: Hashable, Sendable {
  package var path: BytePath
  package var finished = FinishedSource.move
  /// Where converted songs go when they move.
  package var done: BytePath
  /// Onsets heard with less confidence (0...1) are left out of the chart.
  package var minimumConfidence: Double
  /// Seconds without any change after which a file counts as complete.
  package var settle: Double
  package var watch = WatchMode.automatic
}

/// What becomes of a song once its chart is published.
package enum FinishedSource: String, Hashable, Sendable, CaseIterable {
  case move, keep
}

/// How changes in an inbox are noticed.
package enum WatchMode: String, Hashable, Sendable, CaseIterable {
  /// By the kernel's events, or by looking where those cannot be had.
  case automatic
  /// By looking only.
  case poll
}

/// What one conversion may use.
package struct JobLimits: Hashable, Sendable {
  /// Seconds until a conversion is given up.
  package var seconds = 900.0
  /// Bytes of address space for one worker. A thirty-minute song needs about 1.5 GB, and the maths
  /// library reserves more than it touches.
  package var memory: Int64 = 6 << 30
  /// Bytes of the largest song file taken.
  package var fileSize: Int64 = 1 << 30
  /// Seconds of the longest song taken.
  package var songLength = 90.0 * 60
  /// Bytes that must be free in the outbox before a song is started.
  package var freeSpace: Int64 = 256 << 20
}

extension Settings {
  package static let defaultPath = "/etc/charthero/chartherod.toml"
  package static let defaultSettle = 5.0
  /// None is left out beyond what the model's own thresholds leave out.
  package static let defaultConfidence = 0.0

  /// Folders in which files are never songs to convert: what we put there ourselves.
  var ownFolders: [BytePath] { [outbox, failed, state] + inboxes.map(\.done) }
}
