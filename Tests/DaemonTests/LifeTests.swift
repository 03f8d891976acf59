import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("The daemon starts, reloads and stops as it should", .serialized)
struct LifeTests {
  @Test("stopped in the middle of a song it ends soon, and takes the song up again")
  func stop() throws {
    let daemon = try DaemonUnderTest()
    try daemon.drop("a.wav", seconds: 300)
    let worker = try daemon.worker()
    let (status, seconds) = daemon.stop()
    #expect(status == 0)
    #expect(seconds < 10)
    #expect(Glibc.kill(worker, 0) != 0, "its worker is gone, too")
    let job = try #require(try daemon.ledger().queued(limit: 1).first)
    #expect(job.attempts == 0)
    try daemon.wait("nothing half done is left", limit: 20) { daemon.leftovers.isEmpty }
    try daemon.start()
    _ = try daemon.worker()
  }

  @Test("when the daemon is killed its workers die with it")
  func orphans() throws {
    let daemon = try DaemonUnderTest()
    try daemon.drop("a.wav", seconds: 300)
    let worker = try daemon.worker()
    daemon.kill()
    try daemon.wait("the worker is gone", limit: 20) {
      let state = try? String(contentsOfFile: "/proc/\(worker)/stat", encoding: .utf8)
      return state.map { $0.contains(") Z ") } ?? true
    }
  }

  @Test("a worker has limits, no other descriptors than its own, and is the first to go")
  func confined() throws {
    let daemon = try DaemonUnderTest()
    try daemon.drop("a.wav", seconds: 300)
    let worker = try daemon.worker()
    func text(_ name: String) -> String {
      (try? String(contentsOfFile: "/proc/\(worker)/\(name)", encoding: .utf8)) ?? ""
    }
    try daemon.wait("it is confined") { text("oom_score_adj") == "1000\n" }
    try daemon.wait("its limits are set") {
      text("limits").contains(#/Max cpu time +\d+ +\d+ /#)
    }
    #expect(text("comm") == "chartherod\n", "by its name in lists of processes")
    #expect(text("limits").contains(#/Max core file size +0 +0 /#))
    #expect(text("limits").contains(#/Max address space +6442450944 +6442450944 /#))
    #expect(text("limits").contains(#/Max open files +64 +64 /#))
    let open = TemporaryFolder.names(in: URL(filePath: "/proc/\(worker)/fd"))
      .compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(worker)/fd/\($0)")
      }
    #expect(!open.contains { $0.contains("inotify") || $0.contains("jobs.sqlite") }, "\(open)")
    #expect(open.contains { $0.hasSuffix("/in/a.wav") })
  }

  @Test(
    "case 14: a second daemon on the same folders gives up with the code for trying again later")
  func second() throws {
    let daemon = try DaemonUnderTest()
    let outcome = try BuiltProgram("chartherod").run(
      ["--config", daemon.home("config.toml").path], limit: 30)
    #expect(outcome.status == 75)
    #expect(outcome.errors.contains("another chartherod already works on"))
    // Another state folder, but the same inbox.
    let other = daemon.home("other.toml")
    let text = try String(contentsOf: daemon.home("config.toml"), encoding: .utf8)
    try Data(text.replacing("/state\"", with: "/state2\"").utf8).write(to: other)
    let inbox = try BuiltProgram("chartherod").run(["--config", other.path], limit: 30)
    #expect(inbox.status == 75)
    #expect(daemon.isRunning)
  }

  @Test("what is wrong at the start has its exit code and says why")
  func codes() throws {
    let daemon = try DaemonUnderTest(starts: false)
    let config = daemon.home("config.toml").path
    func run(_ arguments: String...) throws -> BuiltProgram.Outcome {
      try BuiltProgram("chartherod").run(arguments, limit: 30)
    }
    #expect(try run("--banana").status == 64)
    #expect(try run("--config", "/nowhere/at/all.toml").status == 78)
    try Data("banana = 1\n".utf8).write(to: URL(filePath: config))
    let unknown = try run("--config", config)
    #expect(unknown.status == 78)
    #expect(unknown.errors.contains("config.toml, line 1: 'banana' is not a setting here"))
    try daemon.configure()
    try Data("no model".utf8).write(to: daemon.model)
    let model = try run("--config", config)
    #expect(model.status == 78)
    #expect(model.errors.contains("model.safetensors"))
  }

  @Test("case 20: an inbox that is the outbox, or lies in it, or holds it, is refused at the start")
  func overlaps() throws {
    let daemon = try DaemonUnderTest(starts: false)
    let config = daemon.home("config.toml")
    try daemon.configure()
    let good = try String(contentsOf: config, encoding: .utf8)
    for (key, folder) in [("out", "in"), ("out", "in/charts"), ("in", "out/songs")] {
      let old = "\"\(daemon.home(key).path)\""
      try Data(good.replacing(old, with: "\"\(daemon.home(folder).path)\"").utf8).write(to: config)
      let outcome = try BuiltProgram("chartherod").run(["--config", config.path], limit: 30)
      #expect(outcome.status == 78, "\(key) as \(folder)")
      #expect(outcome.errors.contains("folder") || outcome.errors.contains("lies inside"))
    }
  }

  @Test("a reload with a broken configuration or model is refused, one with a good one works")
  func reload() throws {
    let daemon = try DaemonUnderTest()
    try Data("[[inbox\"=".utf8).write(to: daemon.home("config.toml"))
    daemon.program?.signal(SIGHUP)
    try daemon.wait("it is refused") { daemon.lines("going on with the old configuration") == 1 }
    let good = try Data(contentsOf: daemon.model)
    try daemon.configure()
    try Data("no model".utf8).write(to: daemon.model)
    daemon.program?.signal(SIGHUP)
    try daemon.wait("it is refused") { daemon.lines("going on with the old configuration") == 2 }
    try good.write(to: daemon.model)
    _ = try daemon.home.folder("in2")
    try daemon.configure(
      more: "[[inbox]]\npath = \"\(daemon.home("in2").path)\"\nsettle_seconds = 0.3")
    daemon.program?.signal(SIGHUP)
    try daemon.wait("it is read") { daemon.log.contains("configuration read again") }
    try Song.bytes(seed: 1, seconds: 3.2).write(to: daemon.home("in2/a.wav"))
    try daemon.waitForCharts(1)
    #expect(daemon.isRunning)
  }

  @Test("systemd is told when it is ready, that it turns, and that it stops")
  func notify() throws {
    let daemon = try DaemonUnderTest(starts: false)
    let socket = try NotifySocket(daemon.home("notify").path)
    try daemon.start([
      "NOTIFY_SOCKET": daemon.home("notify").path, "WATCHDOG_USEC": "900000",
    ])
    try daemon.wait("it is ready") { socket.messages.contains { $0.hasPrefix("READY=1\n") } }
    try daemon.wait("it turns") { socket.messages.filter { $0 == "WATCHDOG=1" }.count >= 3 }
    try daemon.drop("a.wav")
    try daemon.wait("the status tells of the song") {
      socket.messages.contains { $0.hasPrefix("STATUS=converting a.wav") }
    }
    #expect(daemon.stop().status == 0)
    #expect(socket.messages.contains { $0.hasPrefix("STOPPING=1") })
  }

  /// What systemd hears.
  private final class NotifySocket {
    private let number: Int32
    private var heard: [String] = []

    init(_ path: String) throws {
      number = try unsafe UnixSocket.open(path, type: SOCK_DGRAM) { unsafe bind($0, $1, $2) }
    }

    deinit { close(number) }

    var messages: [String] {
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = unsafe recv(number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 0 else { return heard }
        heard.append(String(decoding: buffer.prefix(count), as: UTF8.self))
      }
    }
  }
}
