import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Nothing is lost or half done, whatever breaks", .serialized)
struct TroubleTests {
  #if DEBUG
    /// The fault points exist in debug builds alone.
    @Test(
      "case 6: killed at any step of a job, it has one chart after the restart and nothing lies about",
      arguments: ["begun", "built", "noted", "renamed", "done"])
    func killed(point: String) throws {
      let daemon = try DaemonUnderTest(starts: false)
      try daemon.start(["CHARTHERO_FAULT": point])
      try daemon.drop("a.wav")
      #expect(daemon.end() == 128 + SIGKILL)
      try daemon.start()
      try daemon.wait("the job is done") { try daemon.ledger().counts() == [.done: 1] }
      try daemon.wait("the source is moved") { daemon.done == ["a.wav"] }
      #expect(daemon.charts == ["Unknown Artist - a (Chart Hero)"])
      try daemon.wait("nothing half done is left", limit: 20) { daemon.leftovers.isEmpty }
      #expect(daemon.stop().status == 0)
    }

    @Test("a song that kills the daemon itself is given up at the fifth time")
    func poison() throws {
      let daemon = try DaemonUnderTest(starts: false)
      try daemon.drop("a.wav")
      for _ in 1...5 {
        try daemon.start(["CHARTHERO_FAULT": "begun"])
        #expect(daemon.end() == 128 + SIGKILL)
      }
      try daemon.start()
      try daemon.wait("it is given up") { daemon.refused == ["a.wav", "a.wav.error.txt"] }
      #expect(daemon.log.contains("chartherod itself died while working on it (5 times)"))
      try daemon.drop("b.wav", seed: 2)
      try daemon.waitForCharts(1)
    }
  #endif

  @Test("a song that cannot be read moves to failed with its reason, and the next one is converted")
  func refused() throws {
    let daemon = try DaemonUnderTest()
    try Data("not a song".utf8).write(to: daemon.inbox("text.mp3"))
    try Data().write(to: daemon.inbox("empty.wav"))
    try daemon.drop("good.wav")
    try daemon.waitForCharts(1)
    try daemon.wait("both are refused") {
      daemon.refused.filter { $0.hasSuffix(".error.txt") }.count == 2
    }
    #expect(
      daemon.refused == ["empty.wav", "empty.wav.error.txt", "text.mp3", "text.mp3.error.txt"])
    let note = try String(contentsOf: daemon.home("failed/empty.wav.error.txt"), encoding: .utf8)
    #expect(note.hasPrefix("empty.wav was not converted: the file is empty\n"))
    #expect(note.contains("journalctl CHARTHERO_JOB="))
  }

  @Test("songs refused side by side keep their reasons apart")
  func manyRefused() throws {
    let daemon = try DaemonUnderTest(common: "jobs = 4")
    // Known ones are refused at once: three threads and the supervisor write their notes.
    let names = (0..<60).map { "\($0).mp3" }
    for (index, name) in names.enumerated() {
      try Data("not a song \(index % 4)".utf8).write(to: daemon.inbox(name))
    }
    try daemon.wait("all are refused") { daemon.refused.count == 120 }
    for name in names {
      let note = try String(
        contentsOf: daemon.home("failed/\(name).error.txt"), encoding: .utf8)
      #expect(note.hasPrefix("\(name) was not converted: "))
      #expect(note.contains("Found as: \(daemon.inbox(name).path)\n"))
    }
    #expect(TemporaryFolder.names(in: daemon.home("failed")).count == 120, "nothing hidden")
  }

  @Test("the same bad bytes are not tried again while their note lies in failed")
  func refusedBefore() throws {
    let daemon = try DaemonUnderTest()
    try Data("not a song".utf8).write(to: daemon.inbox("a.mp3"))
    try daemon.wait("it is refused") { daemon.refused.count == 2 }
    try Data("not a song".utf8).write(to: daemon.inbox("b.mp3"))
    try daemon.wait("the second one, too") { daemon.refused.count == 4 }
    let note = try String(contentsOf: daemon.home("failed/b.mp3.error.txt"), encoding: .utf8)
    #expect(note.contains("(as before, job 1)"))
  }

  @Test("a worker that dies is tried three times in all, then the song is given up")
  func workerDies() throws {
    let daemon = try DaemonUnderTest()
    try daemon.drop("a.wav", seconds: 60)
    for attempt in 1...3 {
      let worker = try daemon.worker()
      kill(worker, SIGSEGV)
      try daemon.wait("attempt \(attempt) ends") {
        daemon.lines("attempt \(attempt) of 3") == 1 || daemon.lines("not converted") == 1
      }
    }
    try daemon.wait("it is given up") { daemon.refused == ["a.wav", "a.wav.error.txt"] }
    #expect(daemon.log.contains("the converter crashed on it"))
    try daemon.wait("nothing half done is left", limit: 20) { daemon.leftovers.isEmpty }
    try daemon.drop("b.wav", seed: 2)
    try daemon.waitForCharts(1)
  }

  @Test("a conversion that takes too long is stopped")
  func deadline() throws {
    let daemon = try DaemonUnderTest(inbox: "[limits]\njob_seconds = 1")
    try daemon.drop("a.wav", seconds: 1500)
    try daemon.wait("it is given up") { daemon.refused == ["a.wav", "a.wav.error.txt"] }
    #expect(daemon.log.contains("it took too long (3 times)"))
  }

  @Test("a full disk is waited out: no attempt is counted, nothing is refused")
  func full() throws {
    let daemon = try DaemonUnderTest(inbox: "[limits]\nfree_mb = 1000000")
    try daemon.drop("a.wav")
    try daemon.wait("it waits") { daemon.lines("No space left on device") > 0 }
    usleep(1_500_000)
    #expect(daemon.lines("No space left on device") == 1, "said once")
    #expect(try daemon.ledger().queued(limit: 2).map(\.attempts) == [0])
    try daemon.configure()
    daemon.program?.signal(SIGHUP)
    try daemon.waitForCharts(1)
    #expect(daemon.refused.isEmpty)
  }

  @Test("an outbox that is gone is waited for")
  func outboxGone() throws {
    let daemon = try DaemonUnderTest()
    try FileManager.default.removeItem(at: daemon.home("out"))
    try daemon.drop("a.wav")
    try daemon.wait("it waits") { daemon.log.contains("trying again every now and then") }
    _ = try daemon.home.folder("out")
    try daemon.waitForCharts(1)
    try daemon.wait("it says so") { daemon.log.contains("going on") }
  }

  @Test("a damaged ledger does not keep the daemon from its work")
  func damagedLedger() throws {
    let daemon = try DaemonUnderTest(starts: false)
    _ = try daemon.home.folder("state")
    try Data(repeating: 0x5a, count: 9000).write(to: daemon.home("state/jobs.sqlite"))
    try daemon.drop("a.wav")
    try daemon.start()
    try daemon.waitForCharts(1)
    #expect(daemon.log.contains("the job ledger was damaged"))
  }

  @Test(
    "case 5: a kernel that gives no watches is replaced by looking, said once",
    .enabled(if: Namespace.works),
    arguments: [
      ("max_inotify_instances", "cannot watch folders: Too many open files"),
      ("max_inotify_watches", "No space left on device"),
    ])
  func noInotify(limit: String, words: String) throws {
    let daemon = try DaemonUnderTest(starts: false)
    let out = daemon.home("log")
    let script = """
      echo 0 > /proc/sys/user/\(limit)
      exec "$0" --config "$1"
      """
    let program = try BuiltProgram(path: "/usr/bin/unshare").start(
      [
        "--user", "--map-root-user", "sh", "-c", script, BuiltProgram("chartherod").path,
        daemon.home("config.toml").path,
      ],
      output: daemon.home("output"), errors: out)
    defer {
      program.signal(SIGKILL)
      program.wait(limit: 10)
    }
    try daemon.drop("a.wav")
    try daemon.waitForCharts(1)
    #expect(daemon.lines(words) == 1, "\(daemon.log)")
    #expect(daemon.lines("looking into") == 1)
  }

  /// Whether tests may make user namespaces here.
  enum Namespace {
    static let works: Bool =
      (try? BuiltProgram(path: "/usr/bin/unshare").run(
        [
          "--user", "--map-root-user", "sh", "-c",
          "echo 0 > /proc/sys/user/max_inotify_instances",
        ], limit: 10))?.status == 0
  }
}
