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

  /// What inference rounds to.
  var precision: Precision { weight.packed?.precision ?? .float32 }

  func forward(_ x: Tensor, activation: Activation = .none, _ tape: Tape?) -> Tensor {
    x.linear(weight: weight, bias: bias, activation: activation, tape)
  }

  /// The matrix and the bias as a part of another operation, after `norm` and the activation that
  /// follows that, `between`.
  func step(
    after norm: Norm? = nil, between: Activation = .none, activation: Activation = .none,
    isGated: Bool = false
  ) -> LinearStep {
    LinearStep(
      after: norm?.step(between), weight: weight, bias: bias, activation: activation,
      isGated: isGated)
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

  func forward(_ x: Tensor, _ tape: Tape?) -> Tensor { x.normed(step(), tape) }

  /// The norm as a part of another operation, with an activation after it.
  func step(_ activation: Activation = .none) -> NormStep {
    NormStep(scale: scale, shift: shift, activation: activation)
  }
}

/// How much of a block's branches is dropped in training.
struct BranchDropout {
  /// Share of the values.
  let values: Double
  /// Share of the windows that go without the branch (stochastic depth).
  let windows: Double

  /// The rates of block `index` of `count`: dropout goes from `first` to `last` by depth, and so
  /// does stochastic depth from nothing to `skipped`, because early blocks are built upon.
  static func at(
    _ index: Int, of count: Int, first: Double, last: Double?, skipped: Double?
  ) -> BranchDropout {
    let depth = count > 1 ? Double(index) / Double(count - 1) : 1
    return BranchDropout(
      values: first + depth * ((last ?? first) - first), windows: depth * (skipped ?? 0))
  }

  /// `stream` with what is left of the branch added.
  func add(_ branch: Tensor, to stream: Tensor, _ tape: Tape?) -> Tensor {
    stream.add(branch.dropout(values, tape).dropItems(windows, tape), tape)
  }

  /// The same for the branch that `steps` make of x: one operation where nothing is dropped.
  func add(_ steps: [LinearStep], of x: Tensor, to stream: Tensor, _ tape: Tape?) -> Tensor {
    tape == nil
      ? x.linear(steps, adding: stream, nil) : add(x.linear(steps, tape), to: stream, tape)
  }
}

/// Attention of a normalised stream to itself: a branch, to be added to the stream.
struct SelfAttention {
  let heads: Int
  let reach: Int?
  let positions: Positions
  private let norm: Norm
  private let qkv: Dense
  private let out: Dense

  init(
    _ name: String, _ p: Parameters, width: Int, heads: Int, reach: Int? = nil,
    positions: Positions = .sequence
  ) {
    (self.heads, self.reach, self.positions) = (heads, reach, positions)
    norm = Norm(name + ".norm", p, width)
    qkv = Dense(name + ".qkv", p, out: 3 * width, in: width)
    out = Dense(name + ".out", p, out: width, in: width)
  }

  /// x (batch, tokens, width) with the branch added.
  func add(to x: Tensor, lengths: [Int]?, _ dropout: BranchDropout, _ tape: Tape?) -> Tensor {
    let heard = x.linear([qkv.step(after: norm)], tape)
      .attention(
        heads: heads, reach: reach, positions: positions, lengths: lengths,
        precision: qkv.precision, tape)
    return dropout.add([out.step()], of: heard, to: x, tape)
  }
}

/// A wider layer between two matrices: a branch, to be added to the stream.
struct HiddenLayer {
  private let norm: Norm
  private let into: Dense
  private let out: Dense

  init(_ name: String, _ p: Parameters, width: Int, hidden: Int) {
    norm = Norm(name + ".norm", p, width)
    into = Dense(name + ".in", p, out: hidden, in: width)
    out = Dense(name + ".out", p, out: width, in: hidden)
  }

  /// x (..., width) with the branch added.
  func add(to x: Tensor, _ dropout: BranchDropout, _ tape: Tape?) -> Tensor {
    dropout.add([into.step(after: norm, activation: .gelu), out.step()], of: x, to: x, tape)
  }
}

/// A learned affine map of each mel bin, which begins as the one that normalises the features.
struct InputNorm {
  let scale: Tensor
  let shift: Tensor

  init(_ p: Parameters, bins: Int) {
    scale = p.constant("input.scale", bins, 1)
    shift = p.constant("input.shift", bins)
  }

  func forward(_ x: Tensor, _ tape: Tape?) -> Tensor {
    x.affine(scale: scale, shift: shift, tape)
  }

  func set(mean: [Float], deviation: [Float]) {
    precondition(mean.count == scale.count && deviation.count == scale.count)
    // A band that never moves, such as one above a low-pass, is not blown up.
    let scales = deviation.map { 1 / max($0, 0.05) }
    scale.write(scales)
    shift.write(zip(mean, scales).map { -$0 * $1 })
  }
}

/// The rate at which heads start: few frames hold an onset, and sigmoid(-4) = 0.018 spares the
/// first hundreds of steps.
let headBias: Float = -4
