import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("People can ask the daemon and give it orders", .serialized)
struct ControlTests {
  private static func client(_ daemon: DaemonUnderTest) throws -> ControlClient {
    try ControlClient(config: daemon.home("config.toml").path)
  }

  @Test("the status tells of the queue, the songs in work, the last results and the folders")
  func status() throws {
    let daemon = try DaemonUnderTest()
    let client = try Self.client(daemon)
    #expect(try client.status().summary == "idle")
    try Data("no song".utf8).write(to: daemon.inbox("bad.mp3"))
    try daemon.wait("it is refused") { daemon.refused.count == 2 }
    try daemon.drop("long.wav", seconds: 300)
    try daemon.drop("next.wav", seed: 2)
    _ = try daemon.worker()
    try daemon.wait("both are known") { try client.status().counts["queued"] == 1 }
    let status = try client.status(recent: 1)
    #expect(status.running.map(\.song) == ["long.wav"])
    #expect((0...1).contains(status.running[0].fraction))
    #expect(status.summary == "converting long.wav; 1 waiting")
    #expect(status.counts == ["queued": 1, "running": 1, "done": 0, "failed": 1])
    #expect(status.recent.map(\.song) == ["bad.mp3"])
    #expect(status.recent[0].reason?.isEmpty == false)
    #expect(status.inboxes.map(\.path) == [daemon.home("in").path])
    #expect(status.freeBytes ?? 0 > 0)
    #expect(status.kernels.contains("kernels"))
  }

  @Test("a cancelled song stops or leaves the queue, and says so in failed")
  func cancel() throws {
    let daemon = try DaemonUnderTest()
    let client = try Self.client(daemon)
    try daemon.drop("long.wav", seconds: 300)
    _ = try daemon.worker()
    try daemon.drop("next.wav", seed: 2, seconds: 300)
    try daemon.wait("both are known") { try client.status().counts["queued"] == 1 }
    let (changed, refused) = try client.cancel([1, 2, 99])
    #expect(changed == 2)
    #expect(refused.map(\.reason) == ["there is no such job"])
    try daemon.wait("both are in failed") {
      daemon.refused
        == ["long.wav", "long.wav.error.txt", "next.wav", "next.wav.error.txt"]
    }
    #expect(daemon.leftovers.isEmpty)
    try daemon.drop("good.wav", seed: 3)
    try daemon.waitForCharts(1)
  }

  @Test("a refused song is tried again on demand, and then is where converted songs are")
  func retry() throws {
    let daemon = try DaemonUnderTest()
    let client = try Self.client(daemon)
    try Data("no song".utf8).write(to: daemon.inbox("a.wav"))
    try daemon.wait("it is refused") { daemon.refused.count == 2 }
    #expect(try client.retry(.jobs([1])).changed == 1)
    try daemon.wait("it is refused again") { daemon.lines("not converted") == 2 }
    // Somebody puts the right file in its place.
    try Song.bytes(seed: 1, seconds: 3.2).write(to: daemon.home("failed/a.wav"))
    #expect(try client.retry(.allFailed).changed == 1)
    try daemon.waitForCharts(1)
    try daemon.wait("it moves to done") { daemon.done == ["a.wav"] }
    #expect(daemon.refused.isEmpty, "its note is gone")
    let gone = try client.retry(.jobs([7]))
    #expect(gone.changed == 0)
    #expect(gone.refused.map(\.reason) == ["there is no such job"])
  }

  @Test("after a change of the model all charts are made again, and replace the old ones")
  func olderModel() throws {
    let daemon = try DaemonUnderTest()
    let client = try Self.client(daemon)
    try daemon.drop("a.wav", seed: 1)
    try daemon.drop("b.wav", seed: 2)
    try daemon.waitForCharts(2)
    #expect(try client.retry(.olderModel).changed == 0)
    try TestModel.write(to: daemon.model.path, seed: 2)
    daemon.program?.signal(SIGHUP)
    try daemon.wait("it is read") { daemon.log.contains("configuration read again") }
    #expect(try client.retry(.olderModel).changed == 2)
    try daemon.wait("both are made again") {
      try daemon.lines("published as") == 4 && client.status().counts["done"] == 2
    }
    #expect(daemon.charts.count == 2)
    try daemon.wait("the sources stay in done") { daemon.done == ["a.wav", "b.wav"] }
    try daemon.wait("nothing is left") { daemon.leftovers.isEmpty }
  }

  @Test("nonsense on the socket harms nobody, and without a daemon the client says so")
  func nonsense() throws {
    let daemon = try DaemonUnderTest()
    let client = try Self.client(daemon)
    let path = daemon.home("state/control.socket").path
    for text in ["", "\n", "{}\n", "{\"status\":{\"recent\":-5}}\n", "\u{0}\u{1}"] {
      let socket = try Connection(path)
      socket.send(text)
    }
    let silent = try (0..<20).map { _ in try Connection(path) }
    #expect(daemon.isRunning)
    _ = silent
    var facts = stat()
    #expect(unsafe stat(path, &facts) == 0)
    #expect(facts.st_mode & 0o777 == 0o660)
    try daemon.wait("it answers") { (try? client.status()) != nil }
    daemon.stop()
    #expect(throws: DaemonError.self) { try client.status() }
  }

  /// Somebody who speaks to the socket by hand.
  private final class Connection {
    private let number: Int32

    init(_ path: String) throws {
      number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
        for (index, byte) in path.utf8.enumerated() { unsafe room[index] = byte }
      }
      let code = unsafe withUnsafePointer(to: &address) { pointer in
        let general = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
        return unsafe connect(number, general, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
      try #require(code == 0)
    }

    deinit { close(number) }

    func send(_ text: String) {
      _ = unsafe Glibc.send(number, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    }
  }
}
