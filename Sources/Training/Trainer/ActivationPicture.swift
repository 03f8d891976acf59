import Artwork
import DrumNet
import Foundation

/// A window's spectrogram with what the network makes of it underneath.
struct ActivationPicture {
  /// (frames, bins)
  let features: [Float]
  let bins: Int
  /// (frames, OutputLayout.count)
  let logits: [Float]
  let frames: Int

  /// Pixels of one output's stripe.
  private static let stripe = 10

  var width: Int { frames }
  var height: Int { bins + Self.stripe * OutputLayout.count }

  /// A PNG: time to the right; high frequencies on top, then a stripe for each output.
  func png() throws -> [UInt8] {
    let loudest = max(features.max() ?? 1, 1e-6)
    return try Heatmap.png(width: width, height: height) { frame, row in
      if row < bins { return features[frame * bins + bins - 1 - row] / loudest }
      let output = (row - bins) / Self.stripe
      // A dark line between stripes.
      if (row - bins) % Self.stripe == 0 { return 0 }
      return 1 / (1 + exp(-logits[frame * OutputLayout.count + output]))
    }
  }
}
