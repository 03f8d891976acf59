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
  /// Dropout of the last block where it differs from the first's; those between lie between.
  package var lastDropout: Double?
  /// Share of windows that go without a branch of the last block; falls to none at the first.
  package var stochasticDepth: Double?
  /// Attention across frequency and time before frequency is folded into tokens; none where absent.
  package var crossAttention: CrossAttentionSettings?
  /// Neighbouring tokens that are heard as one by a second, coarse attention over the whole window;
  /// there is none where this is absent.
  package var coarseTokens: Int?

  package init() {}

  /// Windows hold whole tokens, and whole groups of them where there is coarse attention.
  package var frameMultiple: Int { framesPerToken * (coarseTokens ?? 1) }

  /// What is wrong with these sizes, if anything.
  package var fault: String? {
    let sizes = stemChannels + [framesPerToken, width, heads, expansion]
    if sizes.contains(where: { !(1...65_536).contains($0) }) { return "a size is out of range" }
    if !(0...256).contains(blocks) || stemChannels.count > 16 { return "too many layers" }
    if width % (2 * heads) != 0 { return "the heads do not divide the width into even parts" }
    if convolutionTaps < 1 || convolutionTaps % 2 == 0 { return "the taps are not odd in number" }
    if let attentionReach, attentionReach < 0 { return "attention reaches backwards" }
    if let coarseTokens, !(1...256).contains(coarseTokens) { return "a size is out of range" }
    if let cross = crossAttention {
      if !(0...16).contains(cross.blocks) || !(0...65_536).contains(cross.reach) {
        return "a size is out of range"
      }
      let channels = stemChannels.last ?? 1
      if cross.heads < 1 || channels % (2 * cross.heads) != 0 {
        return "the heads across frequency do not divide the channels into even parts"
      }
    }
    for share in [dropout, lastDropout ?? 0, stochasticDepth ?? 0] where !(0..<1).contains(share) {
      return "dropout is not a share"
    }
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

  /// ``small`` with attention across frequency and time before the tokens.
  package static let crossed: HybridSettings = {
    var settings = HybridSettings()
    settings.crossAttention = CrossAttentionSettings()
    return settings
  }()

  /// ``small`` with fine attention to 1.3 s around and coarse attention between groups of 160 ms.
  package static let hierarchical: HybridSettings = {
    var settings = HybridSettings()
    settings.attentionReach = 64
    settings.coarseTokens = 8
    return settings
  }()

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
/// context: attention with rotary positions, convolution over time, and a hidden layer.
package final class HybridNetwork: Network {
  package let settings: HybridSettings
  package let parameters: Parameters
  package let bins: Int
  package let outputs: Int

  private let input: InputNorm
  private let stem: [StemLayer]
  private let cross: [CrossAttentionBlock]
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
    input = InputNorm(p, bins: bins)
    var (height, channels) = (bins, 1)
    var layers: [StemLayer] = []
    for (index, out) in settings.stemChannels.enumerated() {
      layers.append(StemLayer("stem.\(index)", p, bins: height, in: channels, out: out))
      (height, channels) = ((height + 1) / 2, out)
    }
    stem = layers
    let first = BranchDropout(values: settings.dropout, windows: 0)
    cross =
      settings.crossAttention.map { cross in
        (0..<cross.blocks).map {
          CrossAttentionBlock("cross.\($0)", p, cross, channels: channels, first)
        }
      } ?? []
    let token = settings.framesPerToken
    fold = Dense("fold", p, out: settings.width, in: token * height * channels)
    blocks = (0..<settings.blocks).map { index in
      ConformerBlock(
        "blocks.\(index)", p, settings,
        .at(
          index, of: settings.blocks, first: settings.dropout, last: settings.lastDropout,
          skipped: settings.stochasticDepth))
    }
    norm = Norm("norm", p, settings.width)
    head = Dense(
      "head", p, out: token * outputs, in: settings.width, gain: 0.1, biasValue: headBias)
  }

  package var frameMultiple: Int { settings.frameMultiple }

  /// Half of each convolution over time, and the other frames of a token. Attention is left out: it
  /// weighs what it sees, and what is missing beyond the end only takes away.
  package var borderFrames: Int {
    let tokens = settings.blocks * (settings.convolutionTaps / 2)
    let reach = settings.stemChannels.count + (tokens + 1) * settings.framesPerToken - 1
    return (reach + frameMultiple - 1) / frameMultiple * frameMultiple
  }

  package func forward(_ x: Tensor, lengths: [Int]?, tape: Tape?) -> Tensor {
    answers(to: heard(x, lengths: lengths, tape: tape), frames: x.shape[1], tape)
  }

  /// The normalised stream before the head: (batch, tokens, width).
  func heard(_ x: Tensor, lengths: [Int]?, tape: Tape?) -> Tensor {
    precondition(x.shape.count == 3 && x.shape[2] == bins, "\(x.shape) is not (b, frames, \(bins))")
    precondition(x.shape[1] % frameMultiple == 0, "windows hold whole tokens")
    let token = settings.framesPerToken
    let (batch, frames, tokens) = (x.shape[0], x.shape[1], x.shape[1] / token)
    let ends = lengths?.map { ($0 + token - 1) / token }
    // h (batch, frames, bins, channels), bins halved and channels growing from layer to layer
    var h = input.forward(x, tape).reshape([batch, frames, bins, 1], tape)
    h = h.convolved(by: stem.map(\.step), tape)
    for block in cross {
      h = h.recomputed(tape) { block.forward($0, lengths: lengths, $1) }
    }
    // h (batch, tokens, width)
    h = h.reshape([batch, tokens, fold.weight.shape[1]], tape)
    h = fold.forward(h, tape).dropout(settings.dropout, tape)
    for block in blocks {
      h = h.recomputed(tape) { block.forward($0, lengths: ends, $1) }
    }
    return norm.forward(h, tape)
  }

  /// heard (batch, tokens, width) -> logits (batch, frames, outputs).
  func answers(to heard: Tensor, frames: Int, _ tape: Tape?) -> Tensor {
    head.forward(heard, tape).reshape([heard.shape[0], frames, outputs], tape)
  }

  package func setInputStatistics(mean: [Float], deviation: [Float]) {
    input.set(mean: mean, deviation: deviation)
  }
}

/// One 3x3 convolution that halves frequency, normalised over all bins and channels of a frame:
/// how the bins stand against each other survives, unlike with a norm of each bin.
private struct StemLayer {
  let weight: Tensor
  let bias: Tensor
  let norm: Norm

  init(_ name: String, _ p: Parameters, bins: Int, in channels: Int, out: Int) {
    weight = p.convolution(name + ".weight", out: out, in: channels)
    bias = p.constant(name + ".bias", out)
    norm = Norm(name + ".norm", p, (bins + 1) / 2 * out)
  }

  var step: ConvolutionStep {
    ConvolutionStep(weight: weight, bias: bias, stride: 2, norm: norm.step(.gelu))
  }
}
