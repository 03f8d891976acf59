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

  @Test("Many doubtful peaks make no song with drums, sure ones among them do")
  func played() {
    func peaks(_ confidences: [Double], from start: Double, until end: Double) -> [Onset] {
      stride(from: start, to: end, by: 0.25).enumerated().map {
        Onset(time: $1, drum: .kick, confidence: confidences[$0 % confidences.count])
      }
    }
    func isPlayed(
      _ peaks: [Onset], needed: Int = 6, sure: Double? = 0.9, seconds: Double = 60
    ) -> Bool {
      DrumPresence.isPlayed(peaks, needed: needed, sure: sure, duration: seconds)
    }
    let doubtful = [0.4, 0.6, 0.7, 0.5, 0.8, 0.35, 0.6, 0.45, 0.85, 0.4, 0.95, 0.6]
    #expect(!isPlayed(peaks(doubtful, from: 0, until: 60)), "one in twelve is sure")
    #expect(
      !isPlayed(peaks([0.95, 0.4, 0.6, 0.7, 0.5, 0.8, 0.35], from: 0, until: 60)), "one in seven")
    #expect(isPlayed(peaks([0.95, 0.4, 0.6, 0.7], from: 0, until: 60)), "one in four")
    // What is hardly a peak at all does not count.
    #expect(isPlayed(peaks([0.95] + [Double](repeating: 0.2, count: 12), from: 0, until: 120)))
    #expect(
      isPlayed(
        peaks(doubtful, from: 0, until: 40) + peaks([0.95], from: 40, until: 55)
          + peaks(doubtful, from: 55, until: 60)), "somewhere is enough")
    #expect(!isPlayed(peaks([0.95], from: 10, until: 11)), "four hits")
    #expect(isPlayed(peaks(doubtful, from: 0, until: 4), seconds: 4), "a fill")
    #expect(isPlayed([], needed: 0))
    #expect(isPlayed([], sure: nil))
    #expect(!isPlayed([]))
    #expect(isPlayed(peaks(doubtful, from: 0, until: 60), sure: 0.75), "a less certain network")
  }
}
