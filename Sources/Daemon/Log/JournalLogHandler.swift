internal import Glibc
package import Logging

/// Sends log lines to journald, with what is known about them as fields:
/// `journalctl -u chartherod CHARTHERO_JOB=12` tells one song's story.
package struct JournalLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel = Logger.Level.info
  private let socket: JournalSocket
  private let fallback: PlainLogHandler

  /// - Parameter fallback: takes the lines that journald does not.
  package init(_ socket: JournalSocket, fallback: PlainLogHandler) {
    self.socket = socket
    self.fallback = fallback
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let fields = Self.fields(event.level, "\(event.message)", all)
    do { try socket.send(fields) } catch { fallback.log(event: event) }
  }

  static func fields(
    _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata
  ) -> [JournalSocket.Field] {
    var fields = [
      JournalSocket.Field("MESSAGE", message.utf8),
      JournalSocket.Field("PRIORITY", "\(level.priority)".utf8),
      JournalSocket.Field("SYSLOG_IDENTIFIER", "chartherod".utf8),
    ]
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      let upper = key.uppercased()
      let name = upper == "MESSAGE_ID" ? upper : "CHARTHERO_" + upper
      fields.append(JournalSocket.Field(name, bytes(value)))
    }
    return fields
  }

  /// A path stays its bytes; everything else is text.
  private static func bytes(_ value: Logger.Metadata.Value) -> [UInt8] {
    if case .stringConvertible(let path as BytePath) = value { return path.bytes }
    return Array("\(value)".utf8)
  }
}

extension Logger.Level {
  /// syslog's number for the level.
  var priority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
