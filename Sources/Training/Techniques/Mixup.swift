import DrumNet
import Foundation

/// Mixup (Zhang et al. 2018): some windows become blends of two and are judged by the labels of
/// both, in the proportion of the blend.
package struct Mixup: Codable, Hashable, Sendable {
  /// Share of windows that are blended.
  package var probability: Double
  /// Both parameters of the beta distribution that the proportion is drawn from, above 0 and up to
  /// 1: the smaller, the closer to one window alone.
  package var alpha: Double

  package init(probability: Double, alpha: Double) {
    (self.probability, self.alpha) = (probability, alpha)
  }

  /// What is wrong with these, if anything.
  package var fault: String? {
    if !(0...1).contains(probability) { return "the share of blended windows is not a share" }
    if !(alpha > 0 && alpha <= 1) { return "the blend's alpha is not above 0 and at most 1" }
    return nil
  }

  /// Blends windows with their neighbours in the batch; the larger part stays the window's own.
  func apply(to batch: inout TrainingBatch, using random: inout SeededGenerator) {
    let whole = batch
    for window in 0..<batch.windows where random.chance(probability) {
      let share = Float(proportion(using: &random))
      batch.blend(
        window, with: (window + 1) % batch.windows, of: whole, share: max(share, 1 - share))
    }
  }

  /// From the beta distribution with both parameters `alpha`, by rejection (Jöhnk 1964).
  private func proportion(using random: inout SeededGenerator) -> Double {
    while true {
      let x = pow(random.unit(), 1 / alpha)
      let y = pow(random.unit(), 1 / alpha)
      if x + y <= 1, x + y > 0 { return x / (x + y) }
    }
  }
}

extension TrainingBatch {
  /// Makes `window` so much of its own in `whole` and the rest of window `other`. Cross-entropy is
  /// linear in its targets: the blended weights and targets give exactly the blend of both losses.
  mutating func blend(_ window: Int, with other: Int, of whole: TrainingBatch, share: Float) {
    let rest = 1 - share
    let size = features.count / windows
    let (a, b) = (window * size, other * size)
    for i in 0..<size {
      features[a + i] = share * whole.features[a + i] + rest * whole.features[b + i]
    }
    let labels = frames * OutputLayout.count
    let (from, beside) = (window * labels, other * labels)
    for i in 0..<labels {
      let own = share * whole.weights[from + i]
      let others = rest * whole.weights[beside + i]
      weights[from + i] = own + others
      guard own + others > 0 else { continue }
      targets[from + i] =
        (own * whole.targets[from + i] + others * whole.targets[beside + i]) / (own + others)
    }
  }
}
