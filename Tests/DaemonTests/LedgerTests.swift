import Daemon
import Foundation
import TestSupport
import Testing

@Suite("The ledger knows what was begun")
struct LedgerTests {
  private static let inbox = BytePath("/inbox")
  private static let key = JobKey(
    content: Array(0..<32), model: "m@1", options: "min_confidence=0.0")

  /// A ledger with these files queued, and their jobs.
  private static func queued(_ names: String...) throws -> (LedgerFolder, [Int64]) {
    let folder = try LedgerFolder()
    let jobs = try folder.ledger.apply(
      names.map { .enqueue(.sample($0)) }, inbox: inbox, at: 1)
    return (folder, jobs)
  }

  @Test("paths that are no text and numbers beyond 63 bits come back as they went in")
  func bytes() throws {
    let folder = try LedgerFolder()
    var file = FoundFile.sample("")
    file.path = BytePath([0xff, 0x0a, 0x2f, 0xfe])
    try folder.ledger.apply([.enqueue(file)], inbox: Self.inbox, at: 1)
    let known = try folder.ledger.known(in: Self.inbox)
    #expect(known[file.path]?.stamp == file.stamp)
    let job = try #require(try folder.ledger.queued(limit: 1).first)
    #expect(job.location == Self.inbox.appending(file.path))
  }

  @Test("jobs come in the order of their arrival, and each is begun once")
  func order() throws {
    let (folder, jobs) = try Self.queued("b", "a", "c")
    #expect(try folder.ledger.queued(limit: 9).map(\.id) == jobs)
    #expect(try folder.ledger.queued(limit: 1, except: [jobs[0]]).map(\.id) == [jobs[1]])
    #expect(try folder.ledger.begin(jobs[0], key: Self.key))
    #expect(try !folder.ledger.begin(jobs[0], key: Self.key))
    #expect(try folder.ledger.job(jobs[0])?.attempts == 1)
  }

  @Test("the same bytes are not converted twice at the same time")
  func twins() throws {
    let (folder, jobs) = try Self.queued("a", "b")
    #expect(try folder.ledger.begin(jobs[0], key: Self.key))
    #expect(try !folder.ledger.begin(jobs[1], key: Self.key))
    try folder.ledger.done(jobs[0], folder: Array("A".utf8), at: 2)
    #expect(try folder.ledger.begin(jobs[1], key: Self.key))
    #expect(try folder.ledger.converted(Self.key)?.id == jobs[0])
  }

  @Test(
    "a daemon that died leaves its jobs queued, its death counted; a stopped one leaves no trace")
  func recovery() throws {
    let (folder, jobs) = try Self.queued("a", "b")
    var other = Self.key
    other.content[0] = 99
    #expect(try folder.ledger.begin(jobs[0], key: Self.key))
    #expect(try folder.ledger.begin(jobs[1], key: other))
    try folder.ledger.requeue(jobs[1], countingAttempt: false)
    let reopened = try JobLedger.open(at: folder.path).ledger
    #expect(try reopened.recover().map(\.id) == [jobs[0]])
    #expect(try jobs.map { try reopened.job($0)?.attempts } == [0, 0])
    #expect(try jobs.map { try reopened.job($0)?.deaths } == [1, 0])
    #expect(try reopened.counts() == [.queued: 2])
  }

  @Test("a song that left the inbox is history: its place is free, its content still known")
  func history() throws {
    let (folder, jobs) = try Self.queued("a")
    #expect(try folder.ledger.begin(jobs[0], key: Self.key))
    try folder.ledger.done(jobs[0], folder: Array("A".utf8), at: 2)
    let place = BytePath("/inbox/done/a")
    try folder.ledger.moved(jobs[0], to: place, stamp: FoundFile.sample("a", 9).stamp)
    #expect(try folder.ledger.known(in: Self.inbox).isEmpty)
    let job = try #require(try folder.ledger.converted(Self.key))
    #expect(job.location == place)
    #expect(job.stamp.modified == 9)
    #expect(!job.isPresent)
    #expect(try folder.ledger.apply([.enqueue(.sample("a"))], inbox: Self.inbox, at: 3).count == 1)
  }

  @Test("every change waits for the disk")
  func durable() throws {
    #expect(try LedgerFolder().ledger.synchronousMode() == 2)
  }

  @Test("a damaged ledger is moved aside and a new one begun", arguments: ["garbage", "page"])
  func damage(kind: String) throws {
    let home = try TemporaryFolder()
    let copy = home("jobs.sqlite")
    do {
      // Closed again, all of it stands in one file.
      let ledger = try JobLedger.open(at: BytePath(copy.path)).ledger
      try ledger.apply(
        (0..<200).map { .enqueue(.sample("\($0)")) }, inbox: Self.inbox, at: 1)
    }
    let bytes = try Data(contentsOf: copy)
    switch kind {
    case "garbage":
      try Data("this is no database, but long enough to be looked at".utf8).write(to: copy)
    default:
      try (bytes.prefix(6000) + Data(repeating: 0x5a, count: bytes.count - 6000)).write(to: copy)
    }
    let (ledger, damaged) = try JobLedger.open(at: BytePath(copy.path))
    #expect(try ledger.counts().isEmpty)
    let kept = try #require(damaged)
    #expect(FileManager.default.fileExists(atPath: kept.description))
  }
}
