import DrumNet
package import Spectral

/// Gives example `index` of an endless list, the same one whenever it is asked; called on a thread
/// of its own.
package typealias ExampleSource = @Sendable (Int) throws -> TrainingExample

/// What one step learns from: features `(batch, frames, bins)`, targets and weights
/// `(batch, frames, OutputLayout.count)`, all row-major.
package struct TrainingBatch: Sendable {
  package let index: Int
  package private(set) var windows: Int
  package private(set) var frames: Int
  package internal(set) var features: [Float] = []
  package internal(set) var targets: [Float] = []
  package internal(set) var weights: [Float] = []

  /// Renders the examples `index * windows ..< (index + 1) * windows` of the list.
  package init(
    index: Int, settings: FitSettings, examples: ExampleSource, mel: LogMel
  ) throws {
    self.index = index
    windows = settings.optimisation.batch
    frames = settings.frames
    let bins = settings.mel.bins
    features.reserveCapacity(windows * frames * bins)
    targets.reserveCapacity(windows * frames * OutputLayout.count)
    weights.reserveCapacity(windows * frames * OutputLayout.count)
    for window in 0..<windows {
      let number = index * windows + window
      let example = try examples(number)
      let spectrogram = mel.spectrogram(of: example.audio)
      precondition(spectrogram.frames >= frames)
      var values = Array(spectrogram.values[0..<frames * bins])
      var random = SeededGenerator(seed: settings.optimisation.seed &+ 0x5eed &* UInt64(number))
      settings.masking.apply(to: &values, frames: frames, bins: bins, using: &random)
      features += values
      let labels = TrainingTargets(
        onsets: example.onsets, beats: example.beats, frames: frames,
        framesPerSecond: settings.mel.framesPerSecond, settings: settings.targets)
      targets += labels.targets
      weights += labels.weights
    }
    var random = SeededGenerator(seed: settings.optimisation.seed ^ Self.salt, index: index)
    settings.mixup?.apply(to: &self, using: &random)
    if let divisions = settings.optimisation.divisions { cut(by: random.pick(divisions)) }
  }

  /// Keeps what is drawn for a whole batch apart from what is drawn for its examples.
  private static let salt: UInt64 = 0xba7c

  /// Makes `parts` windows of each: where windows lie side by side, nothing has to move.
  private mutating func cut(by parts: Int) {
    precondition(frames % parts == 0)
    windows *= parts
    frames /= parts
  }
}
