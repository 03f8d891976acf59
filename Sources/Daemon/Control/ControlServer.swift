internal import CLinux
internal import Foundation
internal import Glibc
internal import Synchronization

/// Answers on the control socket, from threads of its own: an answer never waits for the
/// supervisor's loop.
final class ControlServer: Sendable {
  private let socket: Descriptor
  private let path: BytePath
  private let answer: @Sendable (ControlRequest) -> ControlReply
  private let clients = Atomic<Int>(0)
  private let isStopped = Atomic<Bool>(false)

  /// More at once are turned away.
  private static let mostClients = 16

  /// Listens, and answers until `stop`.
  init(
    at path: BytePath, answer: @escaping @Sendable (ControlRequest) -> ControlReply
  ) throws(DaemonError) {
    socket = try ControlSocket.listen(at: path)
    self.path = path
    self.answer = answer
    let thread = Thread { [self] in accept() }
    thread.name = "control"
    thread.start()
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    // Wakes the thread that waits in accept.
    shutdown(socket.number, Int32(SHUT_RDWR))
    try? Files.remove(path)
  }

  private func accept() {
    while !isStopped.load(ordering: .relaxed) {
      let client = Descriptor(taking: linux_accept(socket.number))
      guard client.number >= 0 else {
        // Out of descriptors, most likely: not as fast as we can.
        if errno != EINTR && errno != ECONNABORTED { usleep(100_000) }
        continue
      }
      guard clients.load(ordering: .relaxed) < Self.mostClients else { continue }
      clients.wrappingAdd(1, ordering: .relaxed)
      let number = dup(client.number)
      let thread = Thread { [self] in
        serve(Descriptor(taking: number))
        clients.wrappingSubtract(1, ordering: .relaxed)
      }
      thread.start()
    }
  }

  private func serve(_ client: consuming Descriptor) {
    ControlSocket.limitWaiting(client, seconds: 5)
    guard let line = try? ControlSocket.line(from: client, path) else { return }
    let reply =
      JSONLines.value(ControlRequest.self, line).map(answer)
      ?? .failed(reason: "chartherod does not understand this request")
    try? client.write(JSONLines.line(reply), to: path)
  }
}
