/// SpecAugment (Park et al. 2019) without time warping: bands of bins and stretches of frames are
/// set to silence.
package struct SpectrogramMasking: Codable, Hashable, Sendable {
  /// Share of windows that are masked at all.
  package var probability = 0.3
  /// Widest band, bins.
  package var maximumBins = 16
  /// Longest stretch, frames; short, so that few onsets are hidden.
  package var maximumFrames = 6

  package init() {}

  /// Masks one window `(frames, bins)` in place.
  func apply(
    to features: inout [Float], frames: Int, bins: Int, using random: inout SeededGenerator
  ) {
    guard Double.random(in: 0..<1, using: &random) < probability else { return }
    let width = Int.random(in: 0...min(maximumBins, bins), using: &random)
    let first = Int.random(in: 0...bins - width, using: &random)
    let length = Int.random(in: 0...min(maximumFrames, frames), using: &random)
    let start = Int.random(in: 0...frames - length, using: &random)
    for frame in 0..<frames {
      for bin in first..<first + width { features[frame * bins + bin] = 0 }
    }
    for index in start * bins..<(start + length) * bins { features[index] = 0 }
  }
}
