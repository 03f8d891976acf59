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
    try daemon.wait("it is idle") { try client.status().summary == "idle" }
    try Data("no song".utf8).write(to: daemon.inbox("bad.mp3"))
    try daemon.wait("it is refused") { daemon.refused.count == 2 }
    try daemon.drop("long.wav", seconds: 300)
    try daemon.drop("next.wav", seed: 2)
    try daemon.haltedWorker()
    try daemon.wait("both are known") {
      try client.status().summary == "converting long.wav; 1 waiting"
    }
    let status = try client.status(recent: 1)
    #expect(status.running.map(\.song) == ["long.wav"])
    #expect((0...1).contains(status.running[0].fraction))
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
    try daemon.haltedWorker()
    try daemon.drop("next.wav", seed: 2, seconds: 300)
    try daemon.wait("both are known") { try client.status().counts["queued"] == 1 }
    let (changed, refused) = try client.cancel([1, 2, 99])
    #expect(changed == 2)
    #expect(refused.map(\.reason) == ["there is no such job"])
    try daemon.wait("both are in failed") {
      daemon.refused
        == ["long.wav", "long.wav.error.txt", "next.wav", "next.wav.error.txt"]
    }
    try daemon.wait("nothing half done is left", limit: 20) { daemon.leftovers.isEmpty }
    try daemon.drop("good.wav", seed: 3)
    try daemon.waitForCharts(1)
  }

  @Test("a refused song is tried again on demand, and then is where converted songs are")
  func retry() throws {
    let daemon = try DaemonUnderTest()
    let client = try Self.client(daemon)
    try Data("no song".utf8).write(to: daemon.inbox("a.wav"))
    try daemon.wait("it is refused") { daemon.refused.count == 2 }
    // The ledger learns a moment later where the song lies.
    try daemon.wait("it is queued again") { try client.retry(.jobs([1])).changed == 1 }
    try daemon.wait("it is refused again") { daemon.lines("not converted") == 2 }
    // Somebody puts the right file in its place.
    try Song.bytes(seed: 1, seconds: 3.2).write(to: daemon.home("failed/a.wav"))
    try daemon.wait("it is queued once more") { try client.retry(.allFailed).changed == 1 }
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
    try daemon.wait("both are made") { try client.status().counts["done"] == 2 }
    #expect(try client.retry(.olderModel).changed == 0)
    try TestModel.write(to: daemon.model.path, seed: 2)
    daemon.program?.signal(SIGHUP)
    try daemon.wait("it is read") { daemon.log.contains("configuration read again") }
    // The ledger learns a moment later where the songs lie.
    var queued = 0
    try daemon.wait("both are queued again") {
      queued += try client.retry(.olderModel).changed
      return queued == 2
    }
    try daemon.wait("both are made again") {
      try daemon.lines("published as") == 4 && client.status().counts["done"] == 2
    }
    #expect(daemon.charts.count == 2)
    try daemon.wait("the sources stay in done") { daemon.done == ["a.wav", "b.wav"] }
    try daemon.wait("nothing is left") { daemon.leftovers.isEmpty }
  }

  @Test("the person's commands: status as text, JSON and again and again, cancel, retry")
  func commands() throws {
    let daemon = try DaemonUnderTest()
    let config = ["--config", daemon.home("config.toml").path]
    let charthero = BuiltProgram("charthero")
    try daemon.drop("a.wav", seed: 1)
    try daemon.waitForCharts(1)
    try daemon.drop("long.wav", seed: 2, seconds: 600)
    try daemon.haltedWorker()

    let text = try charthero.run(["status"] + config)
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.contains("job 2: long.wav: "))
    #expect(text.output.contains("1 done"))
    let json = try charthero.run(["status", "--json", "--recent", "1"] + config)
    let status = try JSONDecoder().decode(DaemonStatus.self, from: Data(json.output.utf8))
    #expect(status.running.map(\.song) == ["long.wav"])
    #expect(status.recent.map(\.song) == ["a.wav"])
    let watch = try charthero.start(
      ["status", "--watch", "--json"] + config, output: daemon.home("watched"),
      errors: daemon.home("complaints"))
    try daemon.wait("it asks again") {
      let text = try String(contentsOf: daemon.home("watched"), encoding: .utf8)
      return text.split(separator: "\n").count >= 2
    }
    watch.signal(SIGINT)
    #expect(watch.wait(limit: 10) == 128 + SIGINT)

    let cancel = try charthero.run(["cancel", "2"] + config)
    #expect(cancel.output == "1 song cancelled\n", "\(cancel.errors)")
    try daemon.wait("it is in failed") { daemon.refused.count == 2 }
    #expect(try charthero.run(["cancel", "2"] + config).status == 69)
    #expect(try charthero.run(["retry"] + config).status == 64)
    let none = try charthero.run(["retry", "--all", "--older-model"] + config)
    #expect(none.output == "0 songs queued again\n", "\(none.errors)")
    try TestModel.write(to: daemon.model.path, seed: 2)
    daemon.program?.signal(SIGHUP)
    try daemon.wait("it is read") { daemon.log.contains("configuration read again") }
    let older = try charthero.run(["retry", "--all", "--older-model"] + config)
    #expect(older.output == "1 song queued again\n", "\(older.errors)")
    try daemon.wait("it is made again") { daemon.lines("published as") == 2 }
    #expect(daemon.charts.count == 1, "in place of the old one")
  }

  @Test("the doctor finds nothing to mend, and what is broken, with its remedy")
  func doctor() throws {
    let daemon = try DaemonUnderTest()
    _ = try daemon.home.folder("failed")
    let config = ["--config", daemon.home("config.toml").path]
    func doctor() throws -> BuiltProgram.Outcome {
      try BuiltProgram("charthero").run(["doctor"] + config)
    }
    let healthy = try doctor()
    #expect(healthy.status == 0, "\(healthy.output)")
    for word in [
      "libraries: libmpg123", "OpenBLAS", "the configuration", "the inbox", "free in the outbox",
      "its checksum is", "the daemon runs with model.safetensors@", "fs.inotify.max_user_watches",
      "journald", "the daemon: idle",
    ] { #expect(healthy.output.contains(word), "\(word)") }
    #expect(!healthy.output.contains("BAD   "))

    try FileManager.default.removeItem(at: daemon.home("failed"))
    try Data("\(String(repeating: "0", count: 64))  model.safetensors\n".utf8)
      .write(to: daemon.home("SHA256SUMS"))
    try TestModel.write(to: daemon.model.path, seed: 2)
    let ill = try doctor()
    #expect(ill.status == 78)
    for word in [
      "BAD   the failed folder", "systemd-tmpfiles --create", "BAD   its checksum",
      "Install it again", "BAD   the daemon runs with", "systemctl reload chartherod",
    ] { #expect(ill.output.contains(word), "\(word) in \(ill.output)") }
    daemon.stop()
    try Data("banana = 1\n".utf8).write(to: daemon.home("config.toml"))
    let worse = try doctor()
    #expect(worse.output.contains("BAD   the configuration"))
    #expect(worse.output.contains("BAD   the daemon"))
    #expect(worse.output.contains("check-config"))
  }

  @Test("a chart that a person has worked on stays; the new one stands beside it")
  func edited() throws {
    let daemon = try DaemonUnderTest()
    try daemon.drop("a.wav")
    try daemon.waitForCharts(1)
    try daemon.wait("it moves to done") { daemon.done == ["a.wav"] }
    let chart = daemon.home("out/Unknown Artist - a (Chart Hero)/notes.chart")
    let mine = try String(contentsOf: chart, encoding: .utf8) + "\n"
    try Data(mine.utf8).write(to: chart)
    #expect(try Self.client(daemon).retry(.all).changed == 1)
    try daemon.waitForCharts(2)
    #expect(
      daemon.charts
        == ["Unknown Artist - a (Chart Hero)", "Unknown Artist - a (Chart Hero) (2)"])
    #expect(try String(contentsOf: chart, encoding: .utf8) == mine)
  }

  @Test("the counts for Prometheus, on the socket and in their file, tell what was done")
  func metrics() throws {
    let daemon = try DaemonUnderTest(starts: false)
    let file = daemon.home("chartherod.prom")
    try daemon.configure(common: "metrics = \"\(file.path)\"")
    try daemon.drop("a.wav")
    try daemon.start()
    try daemon.waitForCharts(1)
    try Data("no song".utf8).write(to: daemon.inbox("bad.mp3"))
    try daemon.wait("it is refused") { daemon.refused.count == 2 }
    let client = try Self.client(daemon)
    try daemon.wait("both are counted") {
      try client.metrics().contains("charthero_songs_total{result=\"refused\"} 1\n")
    }
    let lines = try client.metrics().split(separator: "\n").map(String.init)
    for line in [
      "charthero_songs_total{result=\"published\"} 1", "charthero_queue_length 0",
      "charthero_running 0", "charthero_paused 0", "charthero_speed_count 1",
      "charthero_speed_bucket{le=\"+Inf\"} 1",
    ]
      + ["decode", "transcribe", "write", "publish"].flatMap({
        [
          "charthero_stage_seconds_count{stage=\"\($0)\"} 1",
          "charthero_stage_seconds_bucket{stage=\"\($0)\",le=\"+Inf\"} 1",
        ]
      })
    { #expect(lines.contains(line), "\(line)") }
    // Each line is a comment, or a name with labels and a number.
    for line in lines {
      #expect(
        line.contains(#/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? \S+)$/#),
        "\(line)")
    }
    let written = try String(contentsOf: file, encoding: .utf8)
    #expect(written.hasPrefix("# HELP charthero_songs_total "))
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
    #expect(mode as? Int == 0o644, "others may read it")
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
      number = try unsafe UnixSocket.open(path, type: SOCK_STREAM) { unsafe connect($0, $1, $2) }
    }

    deinit { close(number) }

    func send(_ text: String) {
      _ = unsafe Glibc.send(number, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    }
  }
}
