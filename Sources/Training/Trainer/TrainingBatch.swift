import DrumNet
package import Spectral

/// What one step learns from: features `(batch, frames, bins)`, targets and weights
/// `(batch, frames, OutputLayout.count)`, all row-major.
package struct TrainingBatch: Sendable {
  package let index: Int
  package let windows: Int
  package let frames: Int
  package private(set) var features: [Float] = []
  package private(set) var targets: [Float] = []
  package private(set) var weights: [Float] = []

  /// Renders the examples `index * windows ..< (index + 1) * windows` of the stream.
  package init(
    index: Int, settings: FitSettings, stream: ExampleStream, mel: LogMel
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
      let example = try stream.example(number)
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
  }
}
