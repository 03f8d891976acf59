internal import TensorCore

/// A matrix and a bias.
struct Dense {
  let weight: Tensor
  let bias: Tensor

  init(
    _ name: String, _ p: Parameters, out: Int, in width: Int, gain: Double = 1,
    biasValue: Float = 0
  ) {
    weight = p.matrix(name + ".weight", out: out, in: width, gain: gain)
    bias = p.constant(name + ".bias", out, biasValue)
  }

  func forward(_ x: Tensor, _ tape: Tape?) -> Tensor {
    x.linear(weight: weight, bias: bias, tape)
  }
}

/// Layer normalisation with its learned scale and shift.
struct Norm {
  let scale: Tensor
  let shift: Tensor

  init(_ name: String, _ p: Parameters, _ width: Int) {
    scale = p.constant(name + ".scale", width, 1)
    shift = p.constant(name + ".shift", width)
  }

  func forward(_ x: Tensor, _ tape: Tape?) -> Tensor {
    x.layerNorm(scale: scale, shift: shift, tape)
  }
}

/// Attention, convolution over time, hidden layer: each reads the normalised stream and adds to it.
struct ConformerBlock {
  private let settings: HybridSettings
  private let attentionNorm: Norm
  private let qkv: Dense
  private let attentionOut: Dense
  private let convolutionNorm: Norm
  private let gate: Dense
  private let taps: Tensor
  private let tapBias: Tensor
  private let innerNorm: Norm
  private let convolutionOut: Dense
  private let hiddenNorm: Norm
  private let hidden: Dense
  private let hiddenOut: Dense

  init(_ name: String, _ p: Parameters, _ settings: HybridSettings) {
    self.settings = settings
    let width = settings.width
    let count = settings.convolutionTaps
    attentionNorm = Norm(name + ".attention.norm", p, width)
    qkv = Dense(name + ".attention.qkv", p, out: 3 * width, in: width)
    attentionOut = Dense(name + ".attention.out", p, out: width, in: width)
    convolutionNorm = Norm(name + ".convolution.norm", p, width)
    gate = Dense(name + ".convolution.gate", p, out: 2 * width, in: width)
    taps = p.normal(
      name + ".convolution.taps.weight", [count, width],
      deviation: (1 / Double(count)).squareRoot())
    tapBias = p.constant(name + ".convolution.taps.bias", width)
    innerNorm = Norm(name + ".convolution.inner", p, width)
    convolutionOut = Dense(name + ".convolution.out", p, out: width, in: width)
    hiddenNorm = Norm(name + ".hidden.norm", p, width)
    hidden = Dense(name + ".hidden.in", p, out: settings.expansion * width, in: width)
    hiddenOut = Dense(name + ".hidden.out", p, out: width, in: settings.expansion * width)
  }

  /// x (batch, tokens, width) -> the same.
  func forward(_ x: Tensor, _ tape: Tape?) -> Tensor {
    var h = x
    // heard (batch, tokens, width)
    let heard = qkv.forward(attentionNorm.forward(h, tape), tape)
      .attention(heads: settings.heads, reach: settings.attentionReach, tape)
    h = h.add(attentionOut.forward(heard, tape).dropout(settings.dropout, tape), tape)
    // near (batch, tokens, width)
    let near = gate.forward(convolutionNorm.forward(h, tape), tape).glu(tape)
      .depthwiseConvolution(weight: taps, bias: tapBias, tape)
    let smooth = innerNorm.forward(near, tape).silu(tape)
    h = h.add(convolutionOut.forward(smooth, tape).dropout(settings.dropout, tape), tape)
    // inner (batch, tokens, expansion * width)
    let inner = hidden.forward(hiddenNorm.forward(h, tape), tape).gelu(tape)
    return h.add(hiddenOut.forward(inner, tape).dropout(settings.dropout, tape), tape)
  }
}
