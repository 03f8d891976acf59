internal import ChartFormat
internal import TOMLKit

/// Reads `chartherod.toml`. Strict: a key that means nothing here, a value of another type or out of
/// its range is an error with its line, never a guess.
package enum SettingsFile {
  /// Reads and checks the file at `path`.
  package static func read(_ path: String) throws(DaemonError) -> Settings {
    let bytes: [UInt8]
    do {
      bytes = try Descriptor.open(BytePath(path)).read(1 << 20, of: BytePath(path))
    } catch {
      throw .settings(file: path, line: nil, reason: "\(error)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .settings(file: path, line: nil, reason: "is not UTF-8 text")
    }
    return try parse(text, file: path)
  }

  /// Reads and checks a configuration's text; `file` is its name in errors.
  package static func parse(_ text: String, file: String) throws(DaemonError) -> Settings {
    let lines = try SettingsLines(text, file: file)
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw .settings(file: file, line: error.source.begin.line, reason: error.description)
    } catch {
      throw .settings(file: file, line: nil, reason: "\(error)")
    }
    let settings = try settings(
      SettingsTable(table, section: [], file: file, lines: lines))
    try SettingsCheck(file: file, lines: lines).check(settings)
    return settings
  }

  private static func settings(_ root: SettingsTable) throws(DaemonError) -> Settings {
    try root.allow([
      "outbox", "failed", "state", "model", "min_confidence", "settle_seconds", "rescan_seconds",
      "poll_seconds", "backoff_seconds", "jobs", "format", "metrics", "limits", "inbox",
    ])
    let confidence = try root.number("min_confidence", 0...1) ?? Settings.defaultConfidence
    let settle = try root.number("settle_seconds", 0.1...3600) ?? Settings.defaultSettle
    var inboxes: [InboxSettings] = []
    for table in try root.tables("inbox") {
      inboxes.append(try inbox(table, confidence: confidence, settle: settle))
    }
    guard !inboxes.isEmpty else {
      throw root.error(nil, "needs at least one [[inbox]] with its path")
    }
    var settings = Settings(
      inboxes: inboxes,
      outbox: try root.requiredPath("outbox"),
      failed: try root.requiredPath("failed"),
      state: try root.requiredPath("state"),
      model: try model(root))
    settings.format = try root.choice("format") ?? settings.format
    settings.jobs = try root.integer("jobs", 1...64) ?? settings.jobs
    settings.rescan = try root.number("rescan_seconds", 1...86_400) ?? settings.rescan
    settings.poll = try root.number("poll_seconds", 0.2...3600) ?? settings.poll
    settings.backoff = try root.number("backoff_seconds", 0.1...900) ?? settings.backoff
    settings.metrics = try root.path("metrics")
    if let table = try root.table("limits") { settings.limits = try limits(table) }
    return settings
  }

  private static func model(_ root: SettingsTable) throws(DaemonError) -> BytePath {
    if let path = try root.path("model") { return path }
    guard let path = InstalledModel.path else {
      throw root.error(nil, "'model' is missing, and no model is installed with this program")
    }
    return path
  }

  private static func inbox(
    _ table: SettingsTable, confidence: Double, settle: Double
  ) throws(DaemonError) -> InboxSettings {
    try table.allow(["path", "finished", "done", "min_confidence", "settle_seconds", "watch"])
    let path = try table.requiredPath("path")
    var inbox = InboxSettings(
      path: path,
      done: try table.path("done") ?? path.appending("done"),
      minimumConfidence: try table.number("min_confidence", 0...1) ?? confidence,
      settle: try table.number("settle_seconds", 0.1...3600) ?? settle)
    inbox.finished = try table.choice("finished") ?? inbox.finished
    inbox.watch = try table.choice("watch") ?? inbox.watch
    return inbox
  }

  private static func limits(_ table: SettingsTable) throws(DaemonError) -> JobLimits {
    try table.allow(["job_seconds", "song_minutes", "memory_mb", "file_mb", "free_mb"])
    var limits = JobLimits()
    limits.seconds = try table.number("job_seconds", 1...86_400) ?? limits.seconds
    limits.songLength =
      try table.number("song_minutes", 0.1...1440).map { $0 * 60 } ?? limits.songLength
    limits.memory = try table.megabytes("memory_mb", 512...1_048_576) ?? limits.memory
    limits.fileSize = try table.megabytes("file_mb", 1...1_048_576) ?? limits.fileSize
    limits.freeSpace = try table.megabytes("free_mb", 0...1_048_576) ?? limits.freeSpace
    return limits
  }
}
