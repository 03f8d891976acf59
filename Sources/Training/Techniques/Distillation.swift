import DrumNet
import Spectral

/// Learning from what finished models answer as well as from the labels (Hinton et al. 2015).
package struct Distillation: Codable, Hashable, Sendable {
  /// Paths of the teachers, whose answers are averaged.
  package var teachers: [String]
  /// Share of the targets that is the teachers' answer.
  package var weight: Float

  /// - Parameter weight: half by half where nothing else is said.
  package init(teachers: [String], weight: Float = 0.5) {
    (self.teachers, self.weight) = (teachers, weight)
  }

  private enum Key: String, CodingKey { case teachers, weight }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    teachers = try container.decodeIfPresent([String].self, forKey: .teachers) ?? []
    weight = try container.decode(Float.self, forKey: .weight)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(teachers, forKey: .teachers)
    try container.encode(weight, forKey: .weight)
  }

  /// What is wrong with these, if anything.
  package var fault: String? {
    if teachers.isEmpty { return "there is no teacher to learn from" }
    if !(0...1).contains(weight) { return "the weight of the teachers is not a share" }
    return nil
  }
}

/// Finished models that say what they hear in the batches of a run. They hear the very features
/// that the student does, masked or blended as they are (Beyer et al. 2022).
struct Teachers {
  private let ensemble: Ensemble
  private let weight: Float

  /// Throws ``TrainingError`` where a teacher hears other features than the student, and `ModelError`
  /// where it cannot be read.
  init(_ settings: Distillation, mel: MelSettings) throws {
    ensemble = try Ensemble(settings.teachers)
    weight = settings.weight
    guard ensemble.settings.mel == mel else {
      throw TrainingError(
        path: settings.teachers[0], stage: "asking the teacher",
        reason: "it hears other features than these settings ask for")
    }
  }

  /// Bytes of their weights.
  var memory: Int { 4 * ensemble.parameterCount }

  /// What hearing so many windows of silence takes can be measured around this.
  func listen(windows: Int, frames: Int) {
    let silence = [Float](repeating: 0, count: frames * ensemble.settings.mel.bins)
    _ = ensemble.activations(windows: Array(repeating: silence, count: windows), frames: frames)
  }

  /// The batch with its targets drawn towards the teachers' answers. Where the labels say nothing
  /// (a weight of 0) the teachers are not asked either.
  func soften(_ batch: TrainingBatch) -> TrainingBatch {
    let size = batch.features.count / batch.windows
    let windows = (0..<batch.windows).map {
      Array(batch.features[$0 * size..<($0 + 1) * size])
    }
    var softened = batch
    var index = 0
    for answer in ensemble.activations(windows: windows, frames: batch.frames) {
      for value in answer {
        softened.targets[index] += weight * (value - softened.targets[index])
        index += 1
      }
    }
    return softened
  }
}
