import Foundation
import Transcription

/// Real recordings at another tempo and in another key than they were played in. (What is rendered
/// gets tempo and pitch before it sounds, which is exact.)
package struct Retuning: Codable, Hashable, Sendable {
  /// Share of recordings that are changed.
  package var share: Double
  /// How much faster or slower at most, as a ratio: 1.2 is from 1.2 times as fast to 1.2 times as
  /// slow.
  package var fastest: Double
  /// How much higher or lower at most.
  package var semitones: Double

  package init(share: Double, fastest: Double, semitones: Double) {
    (self.share, self.fastest, self.semitones) = (share, fastest, semitones)
  }

  /// What is wrong with these, if anything.
  package var fault: String? {
    if !(0...1).contains(share) { return "the share of recordings in another tempo is not a share" }
    if !(1...4).contains(fastest) { return "the change of tempo is not between 1 and 4" }
    if !(0...24).contains(semitones) { return "the change of pitch is not between 0 and 24" }
    return nil
  }

  /// What happens to one recording.
  struct Change {
    /// Of the new length to the recorded one.
    var ratio: Double
    var semitones: Double
  }

  /// `nil` where the recording stays as it is.
  func pick(using generator: inout SeededGenerator) -> Change? {
    guard generator.chance(share) else { return nil }
    return Change(
      ratio: generator.logUniform(1 / fastest, fastest),
      semitones: generator.uniform(-semitones, semitones))
  }
}

extension TrainingExample {
  /// The example at another tempo and pitch, `count` samples of it, its labels moved with it.
  func retuned(by change: Retuning.Change, count: Int) -> TrainingExample {
    let ratio = Double(count) / Double(audio.count)
    var result = self
    result.audio = TimeStretch.apply(to: audio, length: count, semitones: change.semitones)
    for i in onsets.indices { result.onsets[i].time *= ratio }
    for i in beats.indices { result.beats[i].time *= ratio }
    return result
  }
}
