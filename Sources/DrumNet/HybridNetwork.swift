package import TensorCore

/// Sizes of a ``HybridNetwork``.
package struct HybridSettings: Codable, Hashable, Sendable {
  /// Channels of the stem's 3x3 convolutions, each of which halves frequency.
  package var stemChannels = [24, 32, 48, 64]
  /// Consecutive frames that become one token: 2 makes tokens of 20 ms.
  package var framesPerToken = 2
  /// Values in a token.
  package var width = 160
  package var blocks = 4
  package var heads = 4
  /// Taps of each block's convolution over time; odd.
  package var convolutionTaps = 9
  /// The hidden layer of each block is so many times as wide as a token.
  package var expansion = 4
  /// Tokens to each side that attention sees; all of the window where absent.
  package var attentionReach: Int?
  package var dropout = 0.1

  package init() {}

  /// What is wrong with these sizes, if anything.
  package var fault: String? {
    let sizes = stemChannels + [framesPerToken, width, heads, expansion]
    if sizes.contains(where: { !(1...65_536).contains($0) }) { return "a size is out of range" }
    if !(0...256).contains(blocks) || stemChannels.count > 16 { return "too many layers" }
    if width % (2 * heads) != 0 { return "the heads do not divide the width into even parts" }
    if convolutionTaps < 1 || convolutionTaps % 2 == 0 { return "the taps are not odd in number" }
    if let attentionReach, attentionReach < 0 { return "attention reaches backwards" }
    if !(0..<1).contains(dropout) { return "dropout is not a share" }
    return nil
  }

  /// For tests and for trying out a training run.
  package static let tiny: HybridSettings = {
    var settings = HybridSettings()
    settings.stemChannels = [8, 8, 16, 16]
    settings.width = 32
    settings.blocks = 1
    settings.heads = 2
    return settings
  }()

  /// About 1.8 million weights.
  package static let small = HybridSettings()

  /// About 6 million weights.
  package static let medium: HybridSettings = {
    var settings = HybridSettings()
    settings.stemChannels = [32, 48, 64, 96]
    settings.width = 256
    settings.blocks = 6
    settings.heads = 8
    return settings
  }()
}

/// Convolutions that find what happens at one moment, then conformer blocks that hear it in
/// context: attention with rotary positions, convolution over time, and a hidden layer, each added
/// to the stream it reads (Gulati et al. 2020, simplified).
package final class HybridNetwork: Network {
  package let settings: HybridSettings
  package let parameters: Parameters
  package let bins: Int
  package let outputs: Int

  private let inputScale: Tensor
  private let inputShift: Tensor
  private let stem: [StemLayer]
  private let fold: Dense
  private let blocks: [ConformerBlock]
  private let norm: Norm
  private let head: Dense

  package init(_ settings: HybridSettings, bins: Int, outputs: Int, parameters p: Parameters) {
    precondition(settings.fault == nil, settings.fault ?? "")
    self.settings = settings
    self.bins = bins
    self.outputs = outputs
    parameters = p
    inputScale = p.constant("input.scale", bins, 1)
    inputShift = p.constant("input.shift", bins)
    var (height, channels) = (bins, 1)
    var layers: [StemLayer] = []
    for (index, out) in settings.stemChannels.enumerated() {
      layers.append(StemLayer("stem.\(index)", p, bins: height, in: channels, out: out))
      (height, channels) = ((height + 1) / 2, out)
    }
    stem = layers
    let token = settings.framesPerToken
    fold = Dense("fold", p, out: settings.width, in: token * height * channels)
    blocks = (0..<settings.blocks).map { ConformerBlock("blocks.\($0)", p, settings) }
    norm = Norm("norm", p, settings.width)
    // Few frames hold an onset: starting at sigmoid(-4) = 0.018 spares the first hundreds of steps.
    head = Dense(
      "head", p, out: token * outputs, in: settings.width, gain: 0.1, biasValue: -4)
  }

  package var frameMultiple: Int { settings.framesPerToken }

  /// Half of each convolution over time, and the other frames of a token. Attention is left out: it
  /// weighs what it sees, and what is missing beyond the end only takes away.
  package var borderFrames: Int {
    let tokens = settings.blocks * (settings.convolutionTaps / 2)
    let reach = settings.stemChannels.count + (tokens + 1) * settings.framesPerToken - 1
    return (reach + frameMultiple - 1) / frameMultiple * frameMultiple
  }

  package func forward(_ x: Tensor, tape: Tape?) -> Tensor {
    precondition(x.shape.count == 3 && x.shape[2] == bins, "\(x.shape) is not (b, frames, \(bins))")
    precondition(x.shape[1] % frameMultiple == 0, "windows hold whole tokens")
    let (batch, frames, tokens) = (x.shape[0], x.shape[1], x.shape[1] / frameMultiple)
    // h (batch, frames, bins, channels), bins halved and channels growing from layer to layer
    var h = x.affine(scale: inputScale, shift: inputShift, tape)
      .reshape([batch, frames, bins, 1], tape)
    for layer in stem { h = layer.forward(h, tape) }
    // h (batch, tokens, width)
    h = h.reshape([batch, tokens, fold.weight.shape[1]], tape)
    h = fold.forward(h, tape).dropout(settings.dropout, tape)
    for block in blocks { h = block.forward(h, tape) }
    // logits (batch, frames, outputs)
    return head.forward(norm.forward(h, tape), tape).reshape([batch, frames, outputs], tape)
  }

  package func setInputStatistics(mean: [Float], deviation: [Float]) {
    precondition(mean.count == bins && deviation.count == bins)
    // A band that never moves, such as one above a low-pass, is not blown up.
    let scales = deviation.map { 1 / max($0, 0.05) }
    inputScale.write(scales)
    inputShift.write(zip(mean, scales).map { -$0 * $1 })
  }
}

/// One 3x3 convolution that halves frequency, normalised over all bins and channels of a frame:
/// how the bins stand against each other survives, unlike with a norm of each bin.
private struct StemLayer {
  let weight: Tensor
  let bias: Tensor
  let norm: Norm

  init(_ name: String, _ p: Parameters, bins: Int, in channels: Int, out: Int) {
    // Variance 2 / fan-in keeps the signal's size through rectified layers (He et al. 2015).
    weight = p.normal(
      name + ".weight", [out, 9 * channels], deviation: (2 / Double(9 * channels)).squareRoot())
    bias = p.constant(name + ".bias", out)
    norm = Norm(name + ".norm", p, (bins + 1) / 2 * out)
  }

  func forward(_ x: Tensor, _ tape: Tape?) -> Tensor {
    let y = x.convolution(weight: weight, bias: bias, stride: 2, tape)
    let shape = y.shape
    // rows (batch, time, bins * channels)
    let rows = y.reshape([shape[0], shape[1], shape[2] * shape[3]], tape)
    return norm.forward(rows, tape).gelu(tape).reshape(shape, tape)
  }
}
