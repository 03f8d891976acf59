package import TensorCore

/// Sizes of a ``BeatNetwork``.
package struct BeatSettings: Sendable {
  /// Values of a frame between the layers.
  package var width = 40
  /// Each layer's taps lie twice as far apart as those of the one before.
  package var layers = 11
  /// Taps of each layer; odd.
  package var taps = 5
  package var dropout = 0.1

  package init() {}

  /// What is wrong with these sizes, if anything.
  package var fault: String? {
    if !(1...1_024).contains(width) || !(1...14).contains(layers) {
      return "a size is out of range"
    }
    if !(1...63).contains(taps) || taps % 2 == 0 { return "the taps are not odd in number" }
    if !(0..<1).contains(dropout) { return "dropout is not a share" }
    return nil
  }
}

/// Finds the beats and bar lines that a drummer plays to, from the strokes alone: a network of
/// convolutions over time whose taps lie farther and farther apart (Davies & Böck, "Temporal
/// convolutional networks for musical audio beat tracking", EUSIPCO 2019), here over a roll of drum
/// hits instead of a spectrogram.
package final class BeatNetwork {
  /// Of the roll and of the answer.
  package static let framesPerSecond = 50.0
  /// Columns of the answer: beat, downbeat.
  package static let outputs = 2

  package let settings: BeatSettings
  package let parameters: Parameters
  private let input: DilatedLayer
  private let layers: [DilatedLayer]
  private let norm: Norm
  private let head: Dense

  package init(_ settings: BeatSettings, parameters p: Parameters) {
    precondition(settings.fault == nil, settings.fault ?? "")
    self.settings = settings
    parameters = p
    let (width, taps) = (settings.width, settings.taps)
    input = DilatedLayer(
      "beats.input", p, width: DrumClass.allCases.count, out: width, taps: taps, dilation: 1,
      isNormed: false)
    layers = (0..<settings.layers).map {
      DilatedLayer("beats.layers.\($0)", p, width: width, out: width, taps: taps, dilation: 1 << $0)
    }
    norm = Norm("beats.norm", p, width)
    head = Dense("beats.head", p, out: Self.outputs, in: width, gain: 0.1, biasValue: -3)
  }

  /// The number of frames that `forward` takes is a multiple of this.
  package var frameMultiple: Int { 1 << (settings.layers - 1) }

  /// x (batch, frames, classes), 1 where a drum is certainly hit -> logits (batch, frames, 2).
  package func forward(_ x: Tensor, _ tape: Tape?) -> Tensor {
    var h = input.forward(x, tape)
    for layer in layers {
      h = h.add(layer.forward(h, tape).dropout(settings.dropout, tape), tape)
    }
    return head.forward(norm.forward(h, tape), tape)
  }

  /// Frames that are heard at once, and those at each end of them that only give context: more than
  /// a minute.
  private static let window = 1 << 14
  private static let context = 1 << 12

  /// A roll (frames, classes) of any length -> probabilities (frames, 2).
  package func probabilities(roll: [Float], frames: Int) -> [Float] {
    let classes = DrumClass.allCases.count
    precondition(roll.count == frames * classes)
    var result: [Float] = []
    result.reserveCapacity(frames * Self.outputs)
    let step = Self.window - 2 * Self.context
    for start in stride(from: 0, to: frames, by: step) {
      let first = max(0, start - Self.context)
      let end = min(frames, start + step + Self.context)
      let padded = (end - first + frameMultiple - 1) / frameMultiple * frameMultiple
      let x = Tensor([1, padded, classes])
      x.write(Array(roll[first * classes..<end * classes]))
      let y = forward(x, nil).sigmoid().values
      let kept = start - first..<min(frames, start + step) - first
      result += y[kept.lowerBound * Self.outputs..<kept.upperBound * Self.outputs]
    }
    return result
  }
}

/// A gated convolution over frames that lie `dilation` apart (van den Oord et al., "WaveNet", 2016).
private struct DilatedLayer {
  private let dilation: Int
  private let grid: PatchGrid
  private let norm: Norm?
  private let gate: Dense
  private let out: Dense

  init(
    _ name: String, _ p: Parameters, width: Int, out: Int, taps: Int, dilation: Int,
    isNormed: Bool = true
  ) {
    self.dilation = dilation
    grid = PatchGrid(height: taps, width: width, rowStep: 1, columnStep: width)
    norm = isNormed ? Norm(name + ".norm", p, width) : nil
    gate = Dense(name + ".gate", p, out: 2 * out, in: taps * width)
    self.out = Dense(name + ".out", p, out: out, in: out)
  }

  /// x (batch, frames, width) -> (batch, frames, out); the frames are a multiple of the dilation.
  func forward(_ x: Tensor, _ tape: Tape?) -> Tensor {
    let (batch, frames, width) = (x.shape[0], x.shape[1], x.shape[2])
    let steps = frames / dilation
    precondition(steps * dilation == frames, "\(frames) frames are no multiple of \(dilation)")
    // Every dilation-th frame beside its like: streams (batch * dilation, steps, width)
    let streams = (norm?.forward(x, tape) ?? x).reshape([batch, steps, dilation, width], tape)
      .swapped(tape).reshape([batch * dilation, steps, width], tape)
    // near (batch * dilation, steps, taps * width)
    let near = streams.patches(grid, tape)
      .reshape([batch * dilation, steps, gate.weight.shape[1]], tape)
    let gated = out.forward(gate.forward(near, tape).glu(tape), tape)
    let columns = gated.shape[2]
    return gated.reshape([batch, dilation, steps, columns], tape).swapped(tape)
      .reshape([batch, frames, columns], tape)
  }
}
