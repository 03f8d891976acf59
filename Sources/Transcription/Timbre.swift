package import Spectral

/// The colour of the sound over time, coarse enough to compare bars with each other: what tells a
/// verse from a chorus when the drums play the same.
package struct Timbre: Sendable {
  /// Rows a second.
  package static let framesPerSecond = 8.0
  /// Bands a row; neighbouring mel bins are averaged.
  package static let bands = 24

  /// `(frames, bands)`, row-major: mean log-mel energies.
  private var values: [Float] = []
  private var frames = 0
  /// Mel bins a frame, mel frames a row.
  private let bins: Int
  private let step: Int
  /// What has been summed for the next row, of so many mel frames.
  private var sums = [Float](repeating: 0, count: bands)
  private var summed = 0

  /// A song that has not begun, of so many mel bins.
  package init(bins: Int, framesPerSecond: Double) {
    self.bins = bins
    step = max(1, Int((framesPerSecond / Self.framesPerSecond).rounded()))
  }

  package init(of spectrogram: Spectrogram) {
    self.init(bins: spectrogram.bins, framesPerSecond: spectrogram.framesPerSecond)
    append(spectrogram.values)
  }

  /// Takes the next mel frames, `(frames, bins)`.
  package mutating func append(_ rows: [Float]) {
    guard bins > 0 else { return }
    for row in 0..<rows.count / bins {
      for band in 0..<Self.bands {
        let (low, high) = edges(band)
        for bin in low..<min(high, bins) { sums[band] += rows[row * bins + bin] }
      }
      summed += 1
      if summed == step { endRow() }
    }
  }

  private mutating func endRow() {
    for band in 0..<Self.bands {
      let (low, high) = edges(band)
      values.append(sums[band] / Float(step * (high - low)))
      sums[band] = 0
    }
    frames += 1
    summed = 0
  }

  private func edges(_ band: Int) -> (low: Int, high: Int) {
    let low = band * bins / Self.bands
    return (low, max(low + 1, (band + 1) * bins / Self.bands))
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
