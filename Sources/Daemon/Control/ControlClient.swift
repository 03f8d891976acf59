/// Talks to the daemon that runs with a configuration: for `charthero status`, `retry`, `cancel`.
package struct ControlClient: Sendable {
  private let path: BytePath

  /// - Parameter config: the daemon's configuration file.
  /// - Throws: where it cannot be read.
  package init(config: String = Settings.defaultPath) throws(DaemonError) {
    self.init(settings: try SettingsFile.read(config))
  }

  package init(settings: Settings) { path = ControlSocket.path(settings) }

  package func status(recent: Int = 10) throws(DaemonError) -> DaemonStatus {
    guard case .status(let status) = try ask(.status(recent: recent)) else { throw Self.nonsense }
    return status
  }

  /// What the daemon did since its start, in Prometheus's text format.
  package func metrics() throws(DaemonError) -> String {
    guard case .metrics(let text) = try ask(.metrics) else { throw Self.nonsense }
    return text
  }

  /// Queues songs again.
  ///
  /// - Returns: how many, and which were not and why.
  package func retry(
    _ which: ControlRequest.Retry
  ) throws(DaemonError) -> (changed: Int, refused: [ControlReply.Refusal]) {
    try change(.retry(which))
  }

  /// Takes songs from the queue, or stops their conversion; they move to the failed folder.
  package func cancel(
    _ jobs: [Int64]
  ) throws(DaemonError) -> (changed: Int, refused: [ControlReply.Refusal]) {
    try change(.cancel(jobs: jobs))
  }

  private func change(
    _ request: ControlRequest
  ) throws(DaemonError) -> (changed: Int, refused: [ControlReply.Refusal]) {
    guard case .changed(let count, let refused) = try ask(request) else { throw Self.nonsense }
    return (count, refused)
  }

  private func ask(_ request: ControlRequest) throws(DaemonError) -> ControlReply {
    let socket: Descriptor
    do {
      socket = try ControlSocket.connect(to: path)
    } catch {
      throw .control("\(error) (is it running, and are you in its group?)")
    }
    ControlSocket.limitWaiting(socket, seconds: 20)
    try socket.write(JSONLines.line(request), to: path)
    let line = try ControlSocket.line(from: socket, path)
    guard let reply = JSONLines.value(ControlReply.self, line) else { throw Self.nonsense }
    if case .failed(let reason) = reply { throw .control(reason) }
    return reply
  }

  private static var nonsense: DaemonError {
    .control("chartherod answers in a way that this program does not understand")
  }
}
