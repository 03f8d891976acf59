package import TensorCore

/// Sizes of an ``ASTNetwork``.
package struct ASTSettings: Codable, Hashable, Sendable {
  /// Frames by bins of one patch, and how far the next one is.
  package var patchFrames = 16
  package var patchBins = 16
  package var strideFrames = 16
  package var strideBins = 16
  /// Values in a token, one token per patch.
  package var width = 768
  package var layers = 12
  package var heads = 8
  package var hidden = 3_072
  package var dropout = 0.1
  /// Dropout of the last layer where it differs from the first's; those between lie between.
  package var lastDropout: Double?
  /// Share of windows that go without a branch of the last layer; falls to none at the first.
  package var stochasticDepth: Double?

  package init() {}

  /// What is wrong with these sizes, if anything.
  package var fault: String? {
    let sizes = [patchFrames, patchBins, strideFrames, strideBins, width, heads, hidden]
    if sizes.contains(where: { !(1...65_536).contains($0) }) { return "a size is out of range" }
    if !(0...256).contains(layers) { return "too many layers" }
    if strideFrames > patchFrames || strideBins > patchBins {
      return "the patches leave gaps between them"
    }
    if width % (4 * heads) != 0 { return "the heads do not divide the width into whole quarters" }
    for share in [dropout, lastDropout ?? 0, stochasticDepth ?? 0] where !(0..<1).contains(share) {
      return "dropout is not a share"
    }
    return nil
  }

  /// For tests and for trying out a training run: about 0.7 million weights.
  package static let tiny: ASTSettings = {
    var settings = ASTSettings()
    settings.strideFrames = 8
    settings.width = 96
    settings.layers = 3
    settings.heads = 2
    settings.hidden = 384
    return settings
  }()

  /// About 5 million weights, and a token every 80 ms: what two cores can train.
  package static let small: ASTSettings = {
    var settings = ASTSettings()
    settings.strideFrames = 8
    settings.width = 256
    settings.layers = 6
    settings.heads = 4
    settings.hidden = 1_024
    return settings
  }()

  /// The plan's transformer: over 85 million weights.
  package static let base = ASTSettings()
}

/// The audio spectrogram transformer (Gong et al. 2021): patches of the spectrogram become tokens,
/// all of which attend to each other, in pre-norm layers. Here the tokens of one time, side by side,
/// answer for the frames of that time, instead of one token for the whole recording.
package final class ASTNetwork: Network {
  package let settings: ASTSettings
  package let parameters: Parameters
  package let bins: Int
  package let outputs: Int

  private let grid: PatchGrid
  private let input: InputNorm
  private let embedding: Dense
  private let bands: Tensor
  private let ones: Tensor
  private let layers: [TransformerLayer]
  private let norm: Norm
  private let head: Dense

  package init(_ settings: ASTSettings, bins: Int, outputs: Int, parameters p: Parameters) {
    precondition(settings.fault == nil, settings.fault ?? "")
    self.settings = settings
    self.bins = bins
    self.outputs = outputs
    parameters = p
    grid = PatchGrid(
      height: settings.patchFrames, width: settings.patchBins, rowStep: settings.strideFrames,
      columnStep: settings.strideBins)
    let (width, count) = (settings.width, grid.across(bins))
    input = InputNorm(p, bins: bins)
    embedding = Dense("embedding", p, out: width, in: settings.patchFrames * settings.patchBins)
    // Attention knows how far bands lie apart; this says which band it is. Small, as in BERT.
    bands = p.normal("bands.weight", [count * width], deviation: 0.02)
    ones = Tensor([count * width], repeating: 1)
    layers = (0..<settings.layers).map { index in
      TransformerLayer(
        "layers.\(index)", p, settings, bands: count,
        .at(
          index, of: settings.layers, first: settings.dropout, last: settings.lastDropout,
          skipped: settings.stochasticDepth))
    }
    norm = Norm("norm", p, width)
    head = Dense(
      "head", p, out: settings.strideFrames * outputs, in: count * width, gain: 0.1,
      biasValue: headBias)
  }

  package var frameMultiple: Int { settings.strideFrames }

  /// Patches see across a cut only by attention, so one whole patch beyond the token is given up.
  package var borderFrames: Int {
    let reach = settings.patchFrames + settings.strideFrames - 1
    return (reach + frameMultiple - 1) / frameMultiple * frameMultiple
  }

  package func forward(_ x: Tensor, lengths: [Int]?, tape: Tape?) -> Tensor {
    precondition(x.shape.count == 3 && x.shape[2] == bins, "\(x.shape) is not (b, frames, \(bins))")
    precondition(x.shape[1] % frameMultiple == 0, "windows hold whole tokens")
    let (batch, frames, times) = (x.shape[0], x.shape[1], x.shape[1] / frameMultiple)
    let (count, width) = (grid.across(bins), settings.width)
    let ends = lengths?.map { ($0 + frameMultiple - 1) / frameMultiple * count }
    // patches (batch, times, count, patch)
    let patches = input.forward(x, tape).patches(grid, tape)
    // h (batch, times * count, width)
    var h = embedding.forward(patches, tape).reshape([batch, times, count * width], tape)
      .affine(scale: ones, shift: bands, tape)
      .reshape([batch, times * count, width], tape).dropout(settings.dropout, tape)
    for layer in layers {
      h = h.recomputed(tape) { layer.forward($0, lengths: ends, $1) }
    }
    // logits (batch, frames, outputs)
    let side = norm.forward(h, tape).reshape([batch, times, count * width], tape)
    return head.forward(side, tape).reshape([batch, frames, outputs], tape)
  }

  package func setInputStatistics(mean: [Float], deviation: [Float]) {
    input.set(mean: mean, deviation: deviation)
  }
}

/// Attention over the grid of patches, then a hidden layer.
private struct TransformerLayer {
  private let dropout: BranchDropout
  private let attention: SelfAttention
  private let hidden: HiddenLayer

  init(
    _ name: String, _ p: Parameters, _ settings: ASTSettings, bands: Int, _ dropout: BranchDropout
  ) {
    self.dropout = dropout
    attention = SelfAttention(
      name + ".attention", p, width: settings.width, heads: settings.heads,
      positions: .grid(bands: bands))
    hidden = HiddenLayer(name + ".hidden", p, width: settings.width, hidden: settings.hidden)
  }

  /// x (batch, tokens, width) -> the same.
  func forward(_ x: Tensor, lengths: [Int]?, _ tape: Tape?) -> Tensor {
    let h = attention.add(to: x, lengths: lengths, dropout, tape)
    return hidden.add(to: h, dropout, tape)
  }
}
