internal import TensorCore

/// Attention, convolution over time, hidden layer: each reads the normalised stream and adds to it
/// (Gulati et al. 2020, simplified).
struct ConformerBlock {
  private let dropout: BranchDropout
  private let attention: SelfAttention
  private let coarse: CoarseAttention?
  private let convolution: TimeConvolution
  private let hidden: HiddenLayer

  init(_ name: String, _ p: Parameters, _ settings: HybridSettings, _ dropout: BranchDropout) {
    self.dropout = dropout
    let width = settings.width
    attention = SelfAttention(
      name + ".attention", p, width: width, heads: settings.heads, reach: settings.attentionReach)
    coarse = settings.coarseTokens.map {
      CoarseAttention(name + ".coarse", p, width: width, heads: settings.heads, group: $0)
    }
    convolution = TimeConvolution(
      name + ".convolution", p, width: width, taps: settings.convolutionTaps)
    hidden = HiddenLayer(name + ".hidden", p, width: width, hidden: settings.expansion * width)
  }

  /// x (batch, tokens, width) -> the same.
  func forward(_ x: Tensor, lengths: [Int]?, _ tape: Tape?) -> Tensor {
    var h = attention.add(to: x, lengths: lengths, dropout, tape)
    if let coarse {
      h = dropout.add(coarse.forward(h, lengths: lengths, tape), to: h, tape)
    }
    h = convolution.add(to: h, dropout, tape)
    return hidden.add(to: h, dropout, tape)
  }
}

/// The gated convolution over time of a conformer: a branch, to be added to the stream.
private struct TimeConvolution {
  private let norm: Norm
  private let gate: Dense
  private let taps: Tensor
  private let tapBias: Tensor
  private let inner: Norm
  private let out: Dense

  init(_ name: String, _ p: Parameters, width: Int, taps count: Int) {
    norm = Norm(name + ".norm", p, width)
    gate = Dense(name + ".gate", p, out: 2 * width, in: width)
    taps = p.normal(
      name + ".taps.weight", [count, width], deviation: (1 / Double(count)).squareRoot())
    tapBias = p.constant(name + ".taps.bias", width)
    inner = Norm(name + ".inner", p, width)
    out = Dense(name + ".out", p, out: width, in: width)
  }

  /// x (batch, tokens, width) with the branch added.
  func add(to x: Tensor, _ dropout: BranchDropout, _ tape: Tape?) -> Tensor {
    let near = x.linear([gate.step(after: norm, isGated: true)], tape)
      .depthwiseConvolution(weight: taps, bias: tapBias, tape)
    return dropout.add([out.step(after: inner, between: .silu)], of: near, to: x, tape)
  }
}

/// Attention between groups of neighbouring tokens over the whole window, beside which the tokens'
/// own attention may reach less far: coarse and fine, at the cost of the coarse alone in the square
/// of time (Yang et al. 2016 for the idea of two levels). A branch, to be added to the stream.
private struct CoarseAttention {
  private let group: Int
  private let heads: Int
  private let norm: Norm
  private let fold: Dense
  private let qkv: Dense
  private let out: Dense

  init(_ name: String, _ p: Parameters, width: Int, heads: Int, group: Int) {
    (self.group, self.heads) = (group, heads)
    norm = Norm(name + ".norm", p, width)
    fold = Dense(name + ".fold", p, out: width, in: group * width)
    qkv = Dense(name + ".qkv", p, out: 3 * width, in: width)
    out = Dense(name + ".out", p, out: group * width, in: width)
  }

  /// x (batch, tokens, width) -> the same.
  func forward(_ x: Tensor, lengths: [Int]?, _ tape: Tape?) -> Tensor {
    let (batch, tokens, width) = (x.shape[0], x.shape[1], x.shape[2])
    // groups (batch, tokens / group, width)
    let groups = fold.forward(
      norm.forward(x, tape).reshape([batch, tokens / group, group * width], tape), tape)
    let heard = qkv.forward(groups, tape).attention(
      heads: heads, lengths: lengths?.map { ($0 + group - 1) / group },
      precision: qkv.precision, tape)
    return out.forward(heard, tape).reshape([batch, tokens, width], tape)
  }
}
