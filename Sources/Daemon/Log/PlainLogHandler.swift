internal import Glibc
package import Logging

/// Writes log lines to standard error: with the priority in angle brackets, as systemd reads it, or
/// bare on a terminal.
package struct PlainLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel = Logger.Level.info
  private let showsPriority: Bool

  package init(showsPriority: Bool = isatty(STDERR_FILENO) == 0) {
    self.showsPriority = showsPriority
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let line = line(event.level, "\(event.message)", all)
    try? Descriptor.write(line.utf8, to: STDERR_FILENO, BytePath("standard error"))
  }

  /// One line: the message, then the job where there is one.
  func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
    let prefix = showsPriority ? "<\(level.priority)>" : ""
    let job = metadata["job"].map { "job \($0): " } ?? ""
    return prefix + job + message.split(separator: "\n").joined(separator: " ") + "\n"
  }
}

/// Where the daemon's log goes.
package enum LogTarget {
  /// journald when this process was started by systemd with its output in the journal, standard
  /// error otherwise.
  package static func handler() -> any LogHandler {
    let plain = PlainLogHandler()
    guard isInJournal, let socket = try? JournalSocket() else { return plain }
    return JournalLogHandler(socket, fallback: plain)
  }

  /// systemd names the journal's stream in JOURNAL_STREAM; a redirected output is another file.
  private static var isInJournal: Bool {
    guard let stream = unsafe getenv("JOURNAL_STREAM") else { return false }
    var facts = stat()
    guard unsafe fstat(STDERR_FILENO, &facts) == 0 else { return false }
    return unsafe String(cString: stream) == "\(facts.st_dev):\(facts.st_ino)"
  }
}
