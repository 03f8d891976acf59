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
    let pair = [hit(1, 1), hit(2, 1)]
    #expect(DrumPresence.present(pair, needed: 3).isEmpty)
    #expect(DrumPresence.present(pair + [hit(3, 1)], needed: 3).count == 3)
    #expect(DrumPresence.present(pair + [hit(7.5, 1)], needed: 3).isEmpty)
  }

  @Test("Many likely hits convince, however many unlikely ones do not")
  func doubt() {
    func hits(_ confidence: Double) -> [Onset] {
      (0..<400).map { hit(Double($0) * 0.2, confidence) }
    }
    #expect(DrumPresence.present(hits(0.7), needed: 6).count == 400)
    #expect(DrumPresence.present(hits(0.5), needed: 1).isEmpty)
  }

  @Test("Where no company is asked for everything counts")
  func none() {
    let doubtful = [hit(1, 0.1), hit(50, 0.2)]
    #expect(DrumPresence.present(doubtful, needed: 0) == doubtful)
  }

  @Test("Kicks alone make no song with drums, a second kind does, and a short fill is let be")
  func kinds() {
    func song(_ drums: [DrumClass], until end: Double) -> [Onset] {
      stride(from: 0.5, to: end, by: 0.5).enumerated().map {
        Onset(time: $1, drum: drums[$0 % drums.count], velocity: 90, confidence: 0.95)
      }
    }
    func isPlayed(_ onsets: [Onset], needed: Int = 6, seconds: Double = 60) -> Bool {
      DrumPresence.isPlayed(onsets, needed: needed, duration: seconds)
    }
    #expect(!isPlayed(song([.kick], until: 60)))
    #expect(!isPlayed(song([.crash, .ride], until: 60)), "one kind")
    #expect(isPlayed(song([.kick, .snare], until: 60)))
    #expect(
      isPlayed(
        song([.kick], until: 40)
          + song([.kick, .hihat], until: 12).map {
            $0.delayed(by: 45)
          }))
    #expect(!isPlayed(song([.kick], until: 40) + [song([.snare], until: 1)[0].delayed(by: 45)]))
    #expect(isPlayed(song([.tomLow], until: 4), seconds: 4))
    #expect(isPlayed([], needed: 0))
    #expect(!isPlayed([]))
  }
}
