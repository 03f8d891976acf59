import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("However a song arrives, it is taken once, when it is complete", .serialized)
struct ArrivalTests {
  @Test("a dropped song becomes a chart, its source moves to done, the ledger agrees")
  func simple() throws {
    let daemon = try DaemonUnderTest()
    try daemon.drop("Ann - Song.wav")
    try daemon.waitForCharts(1)
    #expect(daemon.charts == ["Ann - Song (Chart Hero)"])
    try daemon.wait("the source is moved") { daemon.done == ["Ann - Song.wav"] }
    try daemon.wait("nothing half done is left", limit: 20) { daemon.leftovers.isEmpty }
    #expect(daemon.stop().status == 0)
    #expect(try daemon.ledger().counts() == [.done: 1])
    #expect(
      TemporaryFolder.names(in: daemon.home("out/Ann - Song (Chart Hero)"))
        .filter { !$0.hasPrefix(".") } == ["album.png", "notes.chart", "song.ini", "song.ogg"])
  }

  @Test("case 3: links, new and moved folders, and what lay there before the start are found")
  func ways() throws {
    let daemon = try DaemonUnderTest(starts: false)
    try Song.bytes(seed: 1, seconds: 3.2).write(to: daemon.inbox("before.wav"))
    try daemon.start()
    for seed in 2...4 {
      try Song.bytes(seed: seed, seconds: 3.2).write(to: daemon.home("\(seed).wav"))
    }
    #expect(unsafe link(daemon.home("2.wav").path, daemon.inbox("linked.wav").path) == 0)
    _ = try daemon.home.folder("in/new")
    try FileManager.default.copyItem(at: daemon.home("3.wav"), to: daemon.inbox("new/copied.wav"))
    _ = try daemon.home.folder("album/cd")
    try FileManager.default.moveItem(
      at: daemon.home("4.wav"), to: daemon.home("album/cd/moved.wav"))
    try FileManager.default.moveItem(at: daemon.home("album"), to: daemon.inbox("album"))
    try linkNameless(Song.bytes(seed: 6, seconds: 3.2), as: daemon.inbox("nameless.wav"))
    try daemon.waitForCharts(5)
    // A folder that was there already is watched, too, also after it was renamed.
    try FileManager.default.moveItem(at: daemon.inbox("album"), to: daemon.inbox("renamed"))
    usleep(1_500_000)
    try daemon.drop("renamed/cd/late.wav", seed: 5)
    try daemon.waitForCharts(6)
    #expect(
      daemon.charts
        == ["before", "copied", "late", "linked", "moved", "nameless"].map {
          "Unknown Artist - \($0) (Chart Hero)"
        })
    try daemon.wait("all are moved") {
      FileManager.default.fileExists(atPath: daemon.home("in/done/renamed/cd/late.wav").path)
    }
    #expect(daemon.lines(": queued, ") == 6)
  }

  /// Writes a file that has no name until it is whole (O_TMPFILE and linkat), or, where the file
  /// system has no such files, one that has.
  private func linkNameless(_ bytes: Data, as path: URL) throws {
    let folder = path.deletingLastPathComponent().path
    let file = unsafe open(folder, 0o20_000_000 | O_DIRECTORY | O_RDWR, 0o644)
    guard file >= 0 else { return try bytes.write(to: path) }
    defer { close(file) }
    unsafe bytes.withUnsafeBytes { _ = unsafe pwrite(file, $0.baseAddress!, $0.count, 0) }
    let code = unsafe linkat(
      AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, path.path, AT_SYMLINK_FOLLOW)
    try #require(code == 0)
  }

  @Test("case 1: a slow writer, opening and closing, makes one chart, of the last bytes")
  func slowWriter() throws {
    let daemon = try DaemonUnderTest()
    let bytes = Song.bytes(seed: 1, seconds: 3.2)
    let piece = bytes.count / 6 + 1
    try Data().write(to: daemon.inbox("slow.wav"))
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let file = try FileHandle(forWritingTo: daemon.inbox("slow.wav"))
      try file.seekToEnd()
      try file.write(contentsOf: bytes[start..<min(start + piece, bytes.count)])
      try file.close()
      usleep(250_000)
    }
    try daemon.waitForCharts(1)
    #expect(daemon.lines(": queued, ") == 1)
    #expect(daemon.log.contains("0:03"))
    #expect(daemon.refused.isEmpty)
  }

  @Test("case 2: a file that has its full size from the start is not taken before it is filled")
  func preallocated() throws {
    let daemon = try DaemonUnderTest()
    let bytes = Song.bytes(seed: 1, seconds: 3.2)
    let path = daemon.inbox("pre.wav").path
    let file = unsafe open(path, O_CREAT | O_RDWR, 0o644)
    try #require(posix_fallocate(file, 0, off_t(bytes.count)) == 0)
    usleep(1_500_000)
    #expect(daemon.lines("not converted") == 0)
    unsafe bytes.withUnsafeBytes { _ = unsafe pwrite(file, $0.baseAddress!, $0.count, 0) }
    close(file)
    try daemon.waitForCharts(1)
    #expect(daemon.refused.isEmpty)
  }

  @Test("case 2: unfinished downloads are not touched before their rename, and taken after it")
  func partial() throws {
    let daemon = try DaemonUnderTest()
    let song = Song.bytes(seed: 1, seconds: 3.2)
    _ = try daemon.home.folder("in/.~tmp~")
    let names = [
      "a.wav.part", ".a.wav.Xk3f9Q", "a.wav.crdownload", "a.wav.filepart", ".~tmp~/a.wav",
    ]
    for name in names { try song.write(to: daemon.inbox(name)) }
    usleep(1_500_000)
    #expect(daemon.lines(": queued, ") == 0)
    try FileManager.default.moveItem(at: daemon.inbox("a.wav.part"), to: daemon.inbox("a.wav"))
    try daemon.waitForCharts(1)
    #expect(
      TemporaryFolder.names(in: daemon.home("in"))
        == [".a.wav.Xk3f9Q", ".~tmp~", "a.wav.crdownload", "a.wav.filepart", "done"])
  }

  @Test("case 1: a song that changes while it is converted is converted again, as what it became")
  func changed() throws {
    let daemon = try DaemonUnderTest(inbox: "finished = \"keep\"")
    try daemon.drop("a.wav", seed: 1, seconds: 20)
    _ = try daemon.worker()
    try Song.bytes(seed: 2, seconds: 3.2).write(to: daemon.inbox("a.wav"))
    try daemon.waitForCharts(1)
    #expect(daemon.charts == ["Unknown Artist - a (Chart Hero)"])
    #expect(daemon.log.contains("0:03"))
    #expect(daemon.lines("published as") == 1)
    let counts = try daemon.ledger().counts()
    #expect(counts == [.done: 1], "\(daemon.log)")
  }

  @Test("case 1: a song that is emptied while it is converted, to be written anew, is not refused")
  func emptied() throws {
    let daemon = try DaemonUnderTest(inbox: "finished = \"keep\"")
    try daemon.drop("a.wav", seed: 1, seconds: 20)
    let worker = try daemon.haltedWorker()
    let file = try FileHandle(forWritingTo: daemon.inbox("a.wav"))
    try file.truncate(atOffset: 0)
    try #require(Glibc.kill(worker, SIGCONT) == 0)
    try daemon.wait("the worker is gone") { Glibc.kill(worker, 0) != 0 }
    try file.write(contentsOf: Song.bytes(seed: 2, seconds: 3.2))
    try file.close()
    try daemon.waitForCharts(1)
    #expect(daemon.refused.isEmpty)
    let counts = try daemon.ledger().counts()
    #expect(counts == [.done: 1], "\(daemon.log)")
  }

  @Test(
    "case 14: the same bytes under two names make one chart, new bytes under one name a new one")
  func twins() throws {
    let daemon = try DaemonUnderTest(common: "jobs = 2", inbox: "finished = \"keep\"")
    try daemon.drop("a.wav", seed: 1)
    try daemon.drop("b.wav", seed: 1)
    try daemon.wait("both are done") { try daemon.ledger().counts() == [.done: 2] }
    #expect(daemon.charts.count == 1)
    #expect(daemon.lines("is the same song as job") == 1)
    // The file is replaced: so is its chart.
    let name = daemon.charts[0].contains(" a ") ? "a.wav" : "b.wav"
    try daemon.drop(name, seed: 2)
    try daemon.wait("the new one is done") { try daemon.ledger().counts() == [.done: 3] }
    #expect(daemon.charts.count == 1)
    // Another file of the same title is another song.
    _ = try daemon.home.folder("in/other")
    try daemon.drop("other/" + name, seed: 3)
    try daemon.wait("the other one is done") { try daemon.ledger().counts() == [.done: 4] }
    #expect(daemon.charts.count == 2)
    #expect(daemon.charts.last?.hasSuffix("(2)") == true)
    try daemon.wait("nothing half done is left", limit: 20) { daemon.leftovers.isEmpty }
  }

  @Test("case 4: lost events lose nothing: the kernel's queue overflows while the daemon sleeps")
  func overflow() throws {
    let daemon = try DaemonUnderTest()
    // The watch is in place when the folder's first event makes it look again.
    usleep(1_500_000)
    daemon.program?.signal(SIGSTOP)
    // More events than the kernel keeps, none of them about a song.
    let first = daemon.inbox("x.txt").path
    let second = daemon.inbox("y.txt").path
    let limit =
      (try? String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8))
      .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 16_384
    for _ in 0..<(limit / 4 + 300) {
      for path in [first, second] {
        let file = unsafe open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o644)
        close(file)
        unsafe unlink(path)
      }
    }
    try daemon.drop("a.wav")
    daemon.program?.signal(SIGCONT)
    try daemon.waitForCharts(1)
    try daemon.wait("it is told") { daemon.log.contains("too many changes at once") }
    #expect(daemon.stop().status == 0)
  }

  @Test("case 13: names of any bytes are converted")
  func names() throws {
    let daemon = try DaemonUnderTest()
    let names: [[UInt8]] = [
      Array("line\nbreak.wav".utf8), [0xff, 0xfe] + Array("x.wav".utf8),
      [UInt8](repeating: 0x61, count: 251) + Array(".wav".utf8),
    ]
    for (index, name) in names.enumerated() {
      try Song.bytes(seed: index + 1, seconds: 3.2).write(to: daemon.home("song"))
      let path = Array(daemon.home("in/").path.utf8) + [0x2f] + name + [0]
      let code = unsafe path.withUnsafeBufferPointer { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) {
          unsafe rename(daemon.home("song").path, $0.baseAddress!)
        }
      }
      try #require(code == 0)
    }
    try daemon.waitForCharts(3)
    #expect(daemon.refused.isEmpty)
    #expect(daemon.charts.allSatisfy { $0.utf8.count <= 255 })
    #expect(daemon.stop().status == 0)
  }

  @Test("case 16: an inbox that goes away and comes back is watched again")
  func inboxGone() throws {
    let daemon = try DaemonUnderTest()
    try FileManager.default.removeItem(at: daemon.home("in"))
    try daemon.wait("it is missed") { daemon.lines("waiting for it") == 1 }
    usleep(1_200_000)
    #expect(daemon.lines("waiting for it") == 1, "said once")
    _ = try daemon.home.folder("in")
    try daemon.drop("a.wav")
    try daemon.waitForCharts(1)
    #expect(daemon.log.contains("is there again"))
  }

  @Test("case 14: events about a song in work do not queue it again")
  func stray() throws {
    let daemon = try DaemonUnderTest()
    try daemon.drop("a.wav", seconds: 60)
    _ = try daemon.worker()
    for _ in 0..<10 {
      let file = unsafe open(daemon.inbox("a.wav").path, O_RDONLY)
      close(file)
      try Data().write(to: daemon.inbox("other.txt"))
      usleep(50_000)
    }
    try daemon.waitForCharts(1)
    try daemon.wait("it moves") { daemon.done == ["a.wav"] }
    #expect(daemon.lines(": queued, ") == 1)
    #expect(daemon.charts.count == 1)
  }

  @Test("case 19: pipes, sockets and devices in the inbox hold nothing up")
  func noFiles() throws {
    let daemon = try DaemonUnderTest(inbox: "watch = \"poll\"")
    unsafe mkfifo(daemon.inbox("pipe.wav").path, 0o644)
    // The third takes rights that tests may lack; the first two do not.
    unsafe mknod(daemon.inbox("socket.wav").path, S_IFSOCK | 0o644, 0)
    unsafe mknod(daemon.inbox("zero.wav").path, S_IFCHR | 0o644, 0x0105)
    unsafe symlink("/dev/zero", daemon.inbox("link.wav").path)
    try daemon.drop("a.wav")
    try daemon.waitForCharts(1)
    usleep(800_000)
    #expect(daemon.lines(": queued, ") == 1)
    #expect(daemon.refused.isEmpty)
    #expect(daemon.stop().status == 0)
  }

  @Test("two inboxes go by their own settings")
  func twoInboxes() throws {
    let daemon = try DaemonUnderTest(starts: false)
    let second = try daemon.home.folder("second")
    let away = daemon.home("away")
    try daemon.configure(
      inbox: "finished = \"keep\"",
      more: """
        [[inbox]]
        path = "\(second.path)"
        done = "\(away.path)"
        settle_seconds = 2
        watch = "poll"
        """)
    try daemon.start()
    let begin = ContinuousClock.now
    try daemon.drop("a.wav", seed: 1)
    try Song.bytes(seed: 2, seconds: 3.2).write(to: second.appending(path: "b.wav"))
    try daemon.wait("the first inbox's song") { daemon.charts.contains { $0.contains(" a ") } }
    try daemon.waitForCharts(2)
    #expect(ContinuousClock.now - begin > .seconds(2), "the second one settles longer")
    try daemon.wait("the second one's song moves") {
      TemporaryFolder.names(in: away) == ["b.wav"]
    }
    #expect(TemporaryFolder.names(in: daemon.home("in")) == ["a.wav"], "the first one keeps")
  }

  @Test("an inbox without events is looked into by the clock")
  func polling() throws {
    let daemon = try DaemonUnderTest(inbox: "watch = \"poll\"")
    try daemon.drop("a.wav")
    try daemon.waitForCharts(1)
  }
}
