import Daemon
import Testing

@Suite("When a file counts as complete")
struct SettleTrackerTests {
  @Test("once it was seen twice in the same state, the settle time apart")
  func quiet() {
    var tracker = SettleTracker(settle: 5)
    let file = FoundFile.sample("a.wav")
    #expect(tracker.observe([file], at: 100).settled.isEmpty)
    let (early, wait) = tracker.observe([file], at: 103)
    #expect(early.isEmpty)
    #expect(wait == 2)
    #expect(tracker.observe([file], at: 105).settled == [file])
  }

  @Test("not while it changes, however slowly")
  func growing() {
    var tracker = SettleTracker(settle: 5)
    for second in 0..<100 {
      let file = FoundFile.sample("a.wav", Int64(second / 4))
      #expect(tracker.observe([file], at: Double(second)).settled.isEmpty)
    }
  }

  @Test("its own times play no part: a file from the future settles like any other")
  func futureTimes() {
    var tracker = SettleTracker(settle: 1)
    let file = FoundFile.sample("a.wav", 4_000_000_000_000_000_000)
    _ = tracker.observe([file], at: 0)
    #expect(tracker.observe([file], at: 1).settled == [file])
  }

  @Test("a file that went away and came back starts again")
  func back() {
    var tracker = SettleTracker(settle: 5)
    let file = FoundFile.sample("a.wav")
    _ = tracker.observe([file], at: 0)
    _ = tracker.observe([], at: 4)
    #expect(tracker.count == 0)
    #expect(tracker.observe([file], at: 6).settled.isEmpty)
    #expect(tracker.observe([file], at: 11).settled == [file])
  }
}
