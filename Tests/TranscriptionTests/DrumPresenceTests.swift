import DrumNet
import Testing
import Transcription

@Suite struct DrumPresenceTests {
  private func hit(_ time: Double, _ confidence: Double) -> Onset {
    Onset(time: time, drum: .kick, confidence: confidence)
  }

  @Test("Doubtful hits count beside certain ones and not alone")
  func company() {
    let groove = (0..<20).map { hit(10 + Double($0) * 0.5, 0.97) }
    let ghost = hit(12.1, 0.5)
    let stray = hit(40, 0.6)
    let all = (groove + [ghost, stray]).sorted { $0.time < $1.time }
    let kept = DrumPresence.present(all, needed: 3)
    #expect(kept.contains(ghost) && !kept.contains(stray))
    #expect(kept.count == 21)
  }

  @Test("A few certain hits far from all others are not drums, as many as needed are")
  func islands() {
    let pair = [hit(1, 0.99), hit(2, 0.99)]
    #expect(DrumPresence.present(pair, needed: 3).isEmpty)
    #expect(DrumPresence.present(pair + [hit(3, 0.95)], needed: 3).count == 3)
    #expect(DrumPresence.present(pair + [hit(7.5, 0.95)], needed: 3).map(\.time) == [])
  }

  @Test("Where no company is asked for everything counts")
  func none() {
    let doubtful = [hit(1, 0.1), hit(50, 0.2)]
    #expect(DrumPresence.present(doubtful, needed: 0) == doubtful)
  }
}
