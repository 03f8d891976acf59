internal import CKernels

/// A convolution of 3 by 3, what normalises each of its frames over all bins and channels, and the
/// activation that belongs to that.
package struct ConvolutionStep {
  let weight: Tensor
  let bias: Tensor
  let stride: Int
  /// As long as the bins and channels of a frame.
  let norm: NormStep?

  package init(weight: Tensor, bias: Tensor, stride: Int = 1, norm: NormStep?) {
    (self.weight, self.bias, self.stride, self.norm) = (weight, bias, stride, norm)
  }
}

extension Tensor {
  /// One ``convolution(weight:bias:stride:_:)`` after the other, each with its norm and activation:
  /// x (batch, time, bins, in) -> y (batch, time, bins of the last, out of the last).
  package func convolved(by steps: [ConvolutionStep], _ tape: Tape?) -> Tensor {
    let packed = steps.compactMap(\.weight.packed)
    if tape == nil, !steps.isEmpty, packed.count == steps.count {
      return inferred(PackedConvolutions(steps, packed, input: shape))
    }
    return steps.reduce(self) { x, step in
      x.recomputed(tape) { x, tape in
        let y = x.convolution(weight: step.weight, bias: step.bias, stride: step.stride, tape)
        guard let norm = step.norm else { return y }
        let shape = y.shape
        return y.reshape([shape[0], shape[1], shape[2] * shape[3]], tape)
          .normed(norm, tape).reshape(shape, tape)
      }
    }
  }

  /// For inference. A few frames go through all convolutions before the next ones do, so that what
  /// lies between two of them never leaves a core's cache; a frame on the border of two such pieces
  /// is computed for both.
  private func inferred(_ convolutions: PackedConvolutions) -> Tensor {
    let (x, first, last) = (self, convolutions.layouts[0], convolutions.layouts.last!)
    let y = Tensor(uninitialized: last.outputShape)
    let pieces = Parallel.pieces(first.time, of: PackedConvolutions.framesPerPiece)
    Parallel.forEach(first.batch * pieces) { index in
      let item = index / pieces
      let frames = Parallel.piece(
        index % pieces, of: PackedConvolutions.framesPerPiece, in: first.time)
      unsafe convolutions.compute(
        frames, x.data + item * first.inputSize, y.data + item * last.outputSize)
    }
    return y
  }
}

/// Convolutions of inference after each other. Nothing is copied into patches: each is three
/// stretches of a frame that has a border, which the product reads where they lie.
private struct PackedConvolutions {
  let steps: [ConvolutionStep]
  let packed: [PackedMatrix]
  let layouts: [PatchLayout]

  /// Few enough for the second-level cache, and many more than those that are computed twice.
  static let framesPerPiece = 64
  /// Values between a product and its norm: they stay near the core, with those that are normed.
  private static let valuesAtOnce = 8_192

  init(_ steps: [ConvolutionStep], _ packed: [PackedMatrix], input: [Int]) {
    (self.steps, self.packed) = (steps, packed)
    var shape = input
    var layouts: [PatchLayout] = []
    for step in steps {
      let layout = PatchLayout(input: shape, out: step.bias.count, stride: step.stride)
      precondition(step.weight.shape == [layout.out, layout.patch])
      layouts.append(layout)
      shape = layout.outputShape
    }
    self.layouts = layouts
  }

  /// The last convolution's `frames`, of an item x (time, bins, in), to where they lie in
  /// y (time, bins, out).
  func compute(
    _ frames: Range<Int>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
  ) {
    let time = layouts[0].time
    // Each one reads a frame more to both sides than it computes.
    func needed(_ index: Int) -> Range<Int> {
      let more = steps.count - index
      return max(0, frames.lowerBound - more)..<min(time, frames.upperBound + more)
    }
    var inputs = BorderedFrames(needed(0), layouts[0], packed[0].precision)
    unsafe inputs.write(x + needed(0).lowerBound * layouts[0].frame, needed(0))
    for index in steps.indices {
      let isLast = index == steps.count - 1
      let own = isLast ? frames : needed(index + 1)
      let next =
        isLast ? nil : BorderedFrames(own, layouts[index + 1], packed[index + 1].precision)
      unsafe compute(own, index, inputs, to: next, y)
      if let next { inputs = next }
    }
  }

  /// Convolution `index` of `frames`: rounded for the next one, or to y where it is the last.
  private func compute(
    _ frames: Range<Int>, _ index: Int, _ inputs: BorderedFrames, to next: BorderedFrames?,
    _ y: UnsafeMutablePointer<Float>
  ) {
    let (step, layout, weights) = (steps[index], layouts[index], packed[index])
    let (out, columns) = (layout.out, layout.outBins * layout.out)
    let most = max(1, Self.valuesAtOnce / columns)
    // found, normed (most, columns): before it is normed, and before it is rounded
    let found = Tensor(uninitialized: [most, columns])
    let normed = Tensor(uninitialized: [most, columns])
    for start in stride(from: frames.lowerBound, to: frames.upperBound, by: most) {
      let few = start..<min(start + most, frames.upperBound)
      let result = unsafe next == nil ? y + start * columns : normed.data
      let product = unsafe step.norm == nil ? result : found.data
      unsafe weights.multiply(
        inputs.rows(from: start), lines: few.count, lineStride: inputs.stride,
        rows: layout.outBins, segmentStride: inputs.stride, bias: step.bias.data, product,
        yStride: out)
      if let norm = step.norm {
        unsafe norm.apply(
          result, product, rows: few.count, columns: columns, for: weights.precision)
      }
      unsafe next?.write(result, few)
    }
  }
}

/// Frames as a convolution reads them: rounded to what its weights are, with a border of zeros around
/// the bins, and frames of zeros beyond both ends.
@safe private struct BorderedFrames {
  private let precision: Precision
  private let layout: PatchLayout
  /// The frame before the first one.
  private let first: Int
  /// Bytes from one frame to the next.
  let stride: Int
  /// Scales and zeros (frames), then the frames.
  private let memory: Tensor
  private let scales: UnsafeMutablePointer<Float>
  private let zeros: UnsafeMutablePointer<Int32>
  private let values: UnsafeMutableRawPointer

  /// Room for `frames`, and for one before and one behind them.
  init(_ frames: Range<Int>, _ layout: PatchLayout, _ precision: Precision) {
    (self.layout, self.precision, first) = (layout, precision, frames.lowerBound - 1)
    let count = frames.count + 2
    stride = layout.borderedBins * layout.channels * precision.bytes
    // The last group of a patch may reach a value beyond its end: times a weight of zero, but it
    // must be a number.
    memory = Tensor(bytes: count * (stride + 8) + 4)
    unsafe scales = memory.data
    unsafe zeros = (memory.raw + 4 * count).assumingMemoryBound(to: Int32.self)
    unsafe values = memory.raw + 8 * count
    for index in [0, count - 1] {
      unsafe (scales[index], zeros[index]) = (0, 0)
      unsafe (values + index * stride).initializeMemory(as: UInt8.self, repeating: 0, count: stride)
    }
    unsafe (values + count * stride).initializeMemory(as: UInt8.self, repeating: 0, count: 4)
  }

  /// x (frames, bins, channels) as `frames`.
  func write(_ x: UnsafePointer<Float>, _ frames: Range<Int>) {
    let index = frames.lowerBound - first
    unsafe ck_bordered(
      values + index * stride, scales + index, zeros + index, x, precision.kind, frames.count,
      layout.frame, layout.channels, layout.borderedBins)
  }

  /// What the products of the convolution's frames from `frame` on read.
  func rows(from frame: Int) -> PackedMatrix.Inputs {
    let index = frame - 1 - first
    return unsafe PackedMatrix.Inputs(
      values: UnsafeRawPointer(values + index * stride),
      scales: precision == .int8 ? scales + index : nil,
      zeros: precision == .int8 ? zeros + index : nil,
      stride: layout.stride * layout.channels * precision.bytes, memory: memory)
  }
}

extension PatchLayout {
  /// Values in a frame.
  fileprivate var frame: Int { bins * channels }
  /// Bins with a border of one before them and as many behind as the last patch reads.
  fileprivate var borderedBins: Int { max(bins + 1, stride * (outBins - 1) + 3) }
}
