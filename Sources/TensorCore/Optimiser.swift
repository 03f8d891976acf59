internal import CKernels
internal import Glibc

/// AdamW (Loshchilov & Hutter 2019): Adam with weight decay apart from the gradient.
package final class AdamW {
  package struct Settings: Codable, Hashable, Sendable {
    package var beta1 = 0.9
    package var beta2 = 0.98
    package var epsilon = 1e-8
    package var weightDecay = 0.01
    /// The gradients' common length is cut to this (Pascanu et al. 2013).
    package var maximumNorm = 1.0

    package init() {}
  }

  package let settings: Settings
  package let parameters: Parameters
  /// Steps taken.
  package private(set) var step = 0
  /// Running means of the gradients and of their squares, in the parameters' order.
  package let means: [Tensor]
  package let squares: [Tensor]

  package init(_ parameters: Parameters, settings: Settings = Settings()) {
    self.parameters = parameters
    self.settings = settings
    means = parameters.all.map { Tensor($0.tensor.shape) }
    squares = parameters.all.map { Tensor($0.tensor.shape) }
  }

  /// Continues where another run stopped; the means and squares are written by the caller.
  package func resume(atStep step: Int) { self.step = step }

  /// Applies the gradients at `rate` and clears them. Returns their norm before clipping. Where that
  /// is not a number nothing is changed, the step is not counted, and the caller decides.
  @discardableResult
  package func update(rate: Double) -> Double {
    let norm = parameters.gradientNorm()
    defer { parameters.clearGradients() }
    guard norm.isFinite else { return norm }
    step += 1
    let clip = Float(min(1, settings.maximumNorm / max(norm, 1e-12)))
    let correction1 = Float(1 - pow(settings.beta1, Double(step)))
    let correction2 = Float(1 - pow(settings.beta2, Double(step)))
    for (index, parameter) in parameters.all.enumerated() {
      guard let gradient = parameter.tensor.gradient else { continue }
      let (w, m, v) = (parameter.tensor, means[index], squares[index])
      let decay = parameter.decays ? Float(settings.weightDecay) : 0
      Parallel.forEachPiece(of: w.count, size: Kernels.piece) {
        let at = $0.lowerBound
        unsafe ck_adamw(
          w.data + at, m.data + at, v.data + at, gradient.data + at, clip, Float(rate),
          Float(settings.beta1), Float(settings.beta2), Float(settings.epsilon), decay,
          correction1, correction2, $0.count)
      }
    }
    return norm
  }
}

/// A moving average of the weights, which scores better than the weights themselves
/// (Polyak & Juditsky 1992).
package final class MovingAverage {
  package let decay: Double
  package private(set) var updates = 0
  /// In the parameters' order.
  package let tensors: [Tensor]
  private let parameters: Parameters

  package init(_ parameters: Parameters, decay: Double = 0.999) {
    self.parameters = parameters
    self.decay = decay
    tensors = parameters.all.map { Tensor($0.tensor.values, $0.tensor.shape) }
  }

  package func resume(atUpdate updates: Int) { self.updates = updates }

  /// The first updates count more, so that the random start is soon forgotten.
  package func update() {
    updates += 1
    let decay = Float(min(self.decay, Double(1 + updates) / Double(10 + updates)))
    for (average, parameter) in zip(tensors, parameters.all) {
      unsafe ck_ema(average.data, parameter.tensor.data, decay, average.count)
    }
  }

  /// Exchanges weights and averages: called before an evaluation or an export, and again after.
  package func swap() {
    for (average, parameter) in zip(tensors, parameters.all) {
      let kept = average.values
      average.copy(from: parameter.tensor)
      parameter.tensor.write(kept)
    }
  }
}
