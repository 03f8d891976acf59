import Daemon
import Testing

@Suite("What follows from an inbox and a ledger")
struct ReconcileTests {
  private static func stamp(_ number: Int64) -> FileStamp {
    FileStamp(device: 1, inode: 7, size: 100, modified: number, changed: number)
  }

  private static let path = BytePath("a.mp3")
  private static func file(_ number: Int64) -> FoundFile {
    FoundFile(path: path, stamp: stamp(number))
  }

  private static func actions(
    _ files: [FoundFile], settled: Bool = true, state: JobState?, stamp number: Int64 = 1,
    moves: Bool = true, complete: Bool = true
  ) -> [InboxAction] {
    let known = state.map { KnownFile(job: 5, state: $0, stamp: stamp(number)) }
    return reconcile(
      scan: files, settled: settled ? Set(files.map(\.path)) : [],
      ledger: known.map { [path: $0] } ?? [:], movesFinished: moves, complete: complete)
  }

  @Test("a complete file that is not known becomes a job")
  func new() {
    #expect(Self.actions([Self.file(1)], state: nil) == [.enqueue(Self.file(1))])
  }

  @Test("a file that may still grow is left alone")
  func unsettled() {
    #expect(Self.actions([Self.file(1)], settled: false, state: nil).isEmpty)
    #expect(Self.actions([Self.file(2)], settled: false, state: .queued).isEmpty)
    #expect(Self.actions([Self.file(2)], settled: false, state: .done).isEmpty)
  }

  @Test("a waiting or running job's file is not queued twice, however often it is seen")
  func inFlight() {
    #expect(Self.actions([Self.file(1)], state: .queued).isEmpty)
    #expect(Self.actions([Self.file(1)], state: .running).isEmpty)
    #expect(Self.actions([Self.file(2)], state: .running).isEmpty)
  }

  @Test("new content under a known name is a new job, or renews the waiting one")
  func changed() {
    #expect(Self.actions([Self.file(2)], state: .queued) == [.renew(job: 5, Self.file(2))])
    #expect(Self.actions([Self.file(2)], state: .done) == [.enqueue(Self.file(2))])
    #expect(Self.actions([Self.file(2)], state: .failed) == [.enqueue(Self.file(2))])
  }

  @Test("a finished source that still lies there is moved, unless it is to be kept")
  func finished() {
    #expect(Self.actions([Self.file(1)], state: .done) == [.finish(job: 5, Self.file(1))])
    #expect(Self.actions([Self.file(1)], state: .done, moves: false).isEmpty)
    #expect(
      Self.actions([Self.file(1)], state: .failed, moves: false)
        == [.quarantine(job: 5, Self.file(1))])
  }

  @Test("a song that left is forgotten, but only when the scan saw everything")
  func gone() {
    #expect(Self.actions([], state: .queued) == [.forget(job: 5)])
    #expect(Self.actions([], state: .running).isEmpty)
    #expect(Self.actions([], state: .queued, complete: false).isEmpty)
  }

  @Test("doing what was decided leaves nothing to do")
  func fixedPoint() throws {
    let folder = try LedgerFolder()
    let inbox = BytePath("/inbox")
    let files = (0..<50).map { FoundFile(path: BytePath("\($0).wav"), stamp: Self.stamp($0)) }
    for round in 0..<2 {
      let actions = reconcile(
        scan: files, settled: Set(files.map(\.path)), ledger: try folder.ledger.known(in: inbox),
        movesFinished: true)
      #expect(actions.count == (round == 0 ? 50 : 0))
      try folder.ledger.apply(actions, inbox: inbox, at: 0)
    }
  }
}
