package import TensorCore

/// Sizes of a ``CNNNetwork``.
package struct CNNSettings: Codable, Hashable, Sendable {
  /// Channels of the 3x3 convolutions, after each of which frequency is pooled.
  package var channels = [32, 48, 64, 64]
  /// Neighbouring bins of which the largest stays.
  package var pool = 2
  /// Frames to each side that the hidden layer sees beside its own.
  package var contextFrames = 4
  package var hidden = 256
  package var dropout = 0.2

  package init() {}

  /// What is wrong with these sizes, if anything.
  package var fault: String? {
    if (channels + [pool, hidden]).contains(where: { !(1...65_536).contains($0) }) {
      return "a size is out of range"
    }
    if channels.count > 16 { return "too many layers" }
    if !(0...1_000).contains(contextFrames) { return "the context is out of range" }
    if !(0..<1).contains(dropout) { return "dropout is not a share" }
    return nil
  }

  /// About 1.3 million weights.
  package static let baseline = CNNSettings()
}

/// Convolution, max pooling, dense layers, one after the other, for each frame on its own: what a
/// transformer has to beat.
package final class CNNNetwork: Network {
  package let settings: CNNSettings
  package let parameters: Parameters
  package let bins: Int
  package let outputs: Int

  private let input: InputNorm
  private let layers: [PooledLayer]
  private let hidden: Dense
  private let head: Dense

  package init(_ settings: CNNSettings, bins: Int, outputs: Int, parameters p: Parameters) {
    precondition(settings.fault == nil, settings.fault ?? "")
    self.settings = settings
    self.bins = bins
    self.outputs = outputs
    parameters = p
    input = InputNorm(p, bins: bins)
    var (height, channels) = (bins, 1)
    var layers: [PooledLayer] = []
    for (index, out) in settings.channels.enumerated() {
      layers.append(
        PooledLayer(
          "layers.\(index)", p, bins: height, in: channels, out: out, pool: settings.pool))
      (height, channels) = ((height + settings.pool - 1) / settings.pool, out)
    }
    self.layers = layers
    let seen = 2 * settings.contextFrames + 1
    hidden = Dense("hidden", p, out: settings.hidden, in: seen * height * channels)
    head = Dense("head", p, out: outputs, in: settings.hidden, gain: 0.1, biasValue: headBias)
  }

  package var frameMultiple: Int { 1 }
  package var borderFrames: Int { settings.channels.count + settings.contextFrames }

  /// Nothing reaches farther than the border, so that `lengths` need no regard.
  package func forward(_ x: Tensor, lengths: [Int]?, tape: Tape?) -> Tensor {
    precondition(x.shape.count == 3 && x.shape[2] == bins, "\(x.shape) is not (b, frames, \(bins))")
    let (batch, frames) = (x.shape[0], x.shape[1])
    // h (batch, frames, bins, channels), bins pooled and channels growing from layer to layer
    var h = input.forward(x, tape).reshape([batch, frames, bins, 1], tape)
    for layer in layers { h = h.recomputed(tape) { layer.forward($0, $1) } }
    let values = h.shape[2] * h.shape[3]
    let seen = 2 * settings.contextFrames + 1
    let grid = PatchGrid(height: seen, width: values, rowStep: 1, columnStep: values)
    let (hidden, head, dropout) = (hidden, head, settings.dropout)
    // The patches repeat every frame as often as it is seen: worth making twice to save memory.
    return h.reshape([batch, frames, values], tape).recomputed(tape) { h, tape in
      // seen (batch, frames, 1, (2 context + 1) * values)
      let seen = h.patches(grid, tape)
      let found = hidden.forward(seen, activation: .gelu, tape).dropout(dropout, tape)
      return head.forward(found, tape)
    }.reshape([batch, frames, outputs], tape)
  }

  package func setInputStatistics(mean: [Float], deviation: [Float]) {
    input.set(mean: mean, deviation: deviation)
  }
}

/// One 3x3 convolution, normalised over all bins and channels of a frame, then pooled.
private struct PooledLayer {
  let weight: Tensor
  let bias: Tensor
  let norm: Norm
  let pool: Int

  init(_ name: String, _ p: Parameters, bins: Int, in channels: Int, out: Int, pool: Int) {
    weight = p.convolution(name + ".weight", out: out, in: channels)
    bias = p.constant(name + ".bias", out)
    norm = Norm(name + ".norm", p, bins * out)
    self.pool = pool
  }

  /// x (batch, frames, bins, in) -> (batch, frames, ceil(bins / pool), out).
  func forward(_ x: Tensor, _ tape: Tape?) -> Tensor {
    x.convolved(by: [ConvolutionStep(weight: weight, bias: bias, norm: norm.step(.gelu))], tape)
      .maximumOfBins(pool, tape)
  }
}
