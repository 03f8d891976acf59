import DrumNet
import Foundation
import Testing
import Transcription

@testable import Training

@Suite("Other tempos and keys of recordings") struct RetuningTests {
  /// Clicks of decaying noise at these seconds.
  private static func clicks(_ times: [Double], seconds: Double) -> TrainingExample {
    var random = SeededGenerator(seed: 2)
    var audio = [Float](repeating: 0, count: Int(seconds * 44_100))
    for time in times {
      for i in 0..<4_000 {
        let at = Int(time * 44_100) + i
        audio[at] += Float(random.uniform(-0.5, 0.5) * exp(-Double(i) / 600))
      }
    }
    return TrainingExample(
      audio: audio, onsets: times.map { Onset(time: $0, drum: .snare) },
      beats: times.map { Beat(time: $0, position: 1) })
  }

  @Test("Strokes stay within 5 ms of their labels", arguments: [0.8, 1, 1.25], [-3.0, 0, 4])
  func labels(_ ratio: Double, _ semitones: Double) throws {
    let example = Self.clicks([0.4, 0.9, 1.3, 2.1, 2.6], seconds: 3.2)
    let count = Int(3.2 * ratio * 44_100)
    let changed = example.retuned(
      by: Retuning.Change(ratio: ratio, semitones: semitones), count: count)
    #expect(changed.audio.count == count && changed.onsets.count == 5)
    for (onset, beat) in zip(changed.onsets, changed.beats) {
      #expect(onset.time == beat.time)
      // Where the sound around first comes to a third of its peak.
      let start = Int((onset.time - 0.05) * 44_100)
      let around = changed.audio[start..<start + 4_410].map(abs)
      let peak = try #require(around.max())
      let found = try #require(around.firstIndex { $0 > peak / 3 })
      let late = Double(found) / 44_100 - 0.05
      #expect(abs(late) < 0.005, "\(late)")
    }
    #expect(abs(changed.onsets[4].time - 2.6 * ratio) < 1e-4)
  }

  @Test("Pitch and tempo move apart from each other")
  func pitch() {
    let tone = (0..<88_200).map { Float(sin(2 * Double.pi * 440 * Double($0) / 44_100)) }
    let octave = TimeStretch.apply(to: tone, length: 66_150, semitones: 12)
    let middle = octave[22_050..<44_100]
    let crossings = zip(middle, middle.dropFirst()).count { ($0 < 0) != ($1 < 0) }
    // Half a second of 880 Hz crosses zero 880 times.
    #expect(octave.count == 66_150 && (860...900).contains(crossings))
    #expect(TimeStretch.apply(to: [], length: 3, semitones: 0) == [0, 0, 0])
  }

  @Test("The asked share of recordings changes, within the bounds")
  func draws() {
    let retuning = Retuning(share: 0.4, fastest: 1.2, semitones: 2)
    var random = SeededGenerator(seed: 1)
    let changes = (0..<1_000).compactMap { _ in retuning.pick(using: &random) }
    #expect((330...470).contains(changes.count))
    #expect(changes.allSatisfy { (1 / 1.2...1.2).contains($0.ratio) && abs($0.semitones) <= 2 })
    #expect(Retuning(share: 2, fastest: 1.2, semitones: 2).fault != nil)
    #expect(Retuning(share: 1, fastest: 0.5, semitones: 2).fault != nil)
  }
}
