package import Spectral

/// The colour of the sound over time, coarse enough to compare bars with each other: what tells a
/// verse from a chorus when the drums play the same.
package struct Timbre: Sendable {
  /// Rows a second.
  package static let framesPerSecond = 8.0
  /// Bands a row; neighbouring mel bins are averaged.
  package static let bands = 24

  /// `(frames, bands)`, row-major: mean log-mel energies.
  private var values: [Float]
  private var frames: Int

  package init(of spectrogram: Spectrogram) {
    let step = max(1, Int((spectrogram.framesPerSecond / Self.framesPerSecond).rounded()))
    frames = spectrogram.frames / step
    values = [Float](repeating: 0, count: frames * Self.bands)
    guard spectrogram.bins > 0 else { return }
    for frame in 0..<frames {
      for band in 0..<Self.bands {
        let low = band * spectrogram.bins / Self.bands
        let high = max(low + 1, (band + 1) * spectrogram.bins / Self.bands)
        var sum: Float = 0
        for row in frame * step..<(frame + 1) * step {
          for bin in low..<min(high, spectrogram.bins) {
            sum += spectrogram.values[row * spectrogram.bins + bin]
          }
        }
        values[frame * Self.bands + band] = sum / Float(step * (high - low))
      }
    }
  }

  /// The mean row of a stretch of the audio, in seconds without lead-in; `nil` outside the audio.
  func mean(from start: Double, to end: Double) -> [Float]? {
    let first = max(0, Int((start * Self.framesPerSecond).rounded()))
    let last = min(frames, Int((end * Self.framesPerSecond).rounded()))
    guard last > first else { return nil }
    return (0..<Self.bands).map { band in
      (first..<last).reduce(Float(0)) { $0 + values[$1 * Self.bands + band] } / Float(last - first)
    }
  }
}
