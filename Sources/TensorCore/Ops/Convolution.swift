internal import CKernels

extension Tensor {
  /// Convolution of 3 frames by 3 bins, channel-last, with a border of zeros:
  /// x (batch, time, bins, in), weight (out, 3 * 3 * in: frame, bin, channel), bias (out)
  /// -> y (batch, time, ceil(bins / stride), out).
  package func convolution(
    weight: Tensor, bias: Tensor, stride: Int = 1, _ tape: Tape?
  ) -> Tensor {
    let layout = PatchLayout(input: shape, out: bias.count, stride: stride)
    precondition(weight.shape == [layout.out, layout.patch])
    if tape == nil, weight.packed != nil {
      let step = ConvolutionStep(weight: weight, bias: bias, stride: stride, norm: nil)
      return convolved(by: [step], nil)
    }
    let x = self
    let y = Tensor(uninitialized: layout.outputShape, needsGradient: tape.tracks(x, weight, bias))
    let (out, patch, pieces) = (layout.out, layout.patch, layout.piecesPerItem)
    Parallel.forEach(layout.batch * pieces) { index in
      let item = index / pieces
      let frames = Parallel.piece(index % pieces, of: layout.framesPerPiece, in: layout.time)
      let rows = frames.count * layout.outBins
      // columns (rows, patch)
      let columns = Tensor(uninitialized: [rows, patch])
      unsafe ck_patches(
        columns.data, x.data + item * layout.inputSize, layout.time, layout.bins, layout.channels,
        stride, frames.lowerBound, frames.upperBound)
      let to = unsafe y.data + item * layout.outputSize + frames.lowerBound * layout.outBins * out
      unsafe ck_bias(to, bias.data, rows, out)
      // y (rows, out) += columns (rows, patch) * weight^T (patch, out)
      unsafe BLAS.product(
        false, true, rows, out, patch, columns.data, patch, weight.data, patch, beta: 1, to, out)
    }
    tape?.record("convolution", y) { dy in
      x.convolutionBackward(weight: weight, bias: bias, dy: dy, layout: layout)
    }
    return y
  }

  /// Each item of the batch is one core's: the patches of neighbouring pieces overlap.
  private func convolutionBackward(
    weight: Tensor, bias: Tensor, dy: Tensor, layout: PatchLayout
  ) {
    let x = self
    let (out, patch) = (layout.out, layout.patch)
    let dx = x.needsGradient ? Tensor(uninitialized: x.shape) : nil
    // dweights (batch, out * patch), dbiases (batch, out)
    let dweights = Tensor([layout.batch, out * patch])
    let dbiases = Tensor(uninitialized: [layout.batch, out])
    Parallel.forEach(layout.batch) { item in
      let from = unsafe x.data + item * layout.inputSize
      let g = unsafe dy.data + item * layout.outputSize
      if let dx { unsafe ck_fill(dx.data + item * layout.inputSize, 0, layout.inputSize) }
      unsafe ck_column_sums(dbiases.data + item * out, g, layout.time * layout.outBins, out)
      // columns (rows, patch): the input's patches, then their gradient
      let columns = Tensor(uninitialized: [layout.framesPerPiece * layout.outBins, patch])
      for index in 0..<layout.piecesPerItem {
        let frames = Parallel.piece(index, of: layout.framesPerPiece, in: layout.time)
        let (first, last) = (frames.lowerBound, frames.upperBound)
        let rows = frames.count * layout.outBins
        let own = unsafe g + first * layout.outBins * out
        unsafe ck_patches(
          columns.data, from, layout.time, layout.bins, layout.channels, layout.stride, first, last)
        // dweight (out, patch) += dy^T (out, rows) * columns (rows, patch)
        unsafe BLAS.product(
          true, false, out, patch, rows, own, out, columns.data, patch, beta: 1,
          dweights.data + item * out * patch, patch)
        guard let dx else { continue }
        // dcolumns (rows, patch) = dy (rows, out) * weight (out, patch)
        unsafe BLAS.product(
          false, false, rows, patch, out, own, out, weight.data, patch, columns.data, patch)
        unsafe ck_patches_backward(
          dx.data + item * layout.inputSize, columns.data, layout.time, layout.bins,
          layout.channels, layout.stride, first, last)
      }
    }
    if let dx { x.accumulate(dx) }
    weight.accumulate(summed: dweights, layout.batch)
    bias.accumulate(summed: dbiases, layout.batch)
  }

  /// Each channel's own convolution over time with a border of zeros: x (batch, time, channels),
  /// weight (taps, channels), bias (channels) -> y as x. `taps` is odd.
  package func depthwiseConvolution(weight: Tensor, bias: Tensor, _ tape: Tape?) -> Tensor {
    precondition(shape.count == 3 && weight.shape.count == 2 && weight.shape[0] % 2 == 1)
    let (x, batch, time, channels) = (self, shape[0], shape[1], shape[2])
    let taps = weight.shape[0]
    precondition(weight.shape[1] == channels && bias.count == channels)
    let y = Tensor(uninitialized: shape, needsGradient: tape.tracks(x, weight, bias))
    // The pieces of an item read over their ends, and write each its own rows.
    let piece = rowPiece(time, atLeast: 16)
    let pieces = Parallel.pieces(time, of: piece)
    Parallel.forEach(batch * pieces) { index in
      let at = index / pieces * time * channels
      let own = Parallel.piece(index % pieces, of: piece, in: time)
      unsafe ck_depthwise(
        y.data + at, x.data + at, weight.data, bias.data, time, channels, taps, own.lowerBound,
        own.upperBound)
    }
    tape?.record("depthwiseConvolution", y) { dy in
      let dx = Tensor(uninitialized: x.shape)
      // dweights (batch, taps * channels), dbiases (batch, channels)
      let dweights = Tensor([batch, taps * channels])
      let dbiases = Tensor([batch, channels])
      Parallel.forEach(batch) { item in
        let at = item * time * channels
        unsafe ck_depthwise_backward(
          dx.data + at, dweights.data + item * taps * channels, dbiases.data + item * channels,
          x.data + at, weight.data, dy.data + at, time, channels, taps)
      }
      x.accumulate(dx)
      weight.accumulate(summed: dweights, batch)
      bias.accumulate(summed: dbiases, batch)
    }
    return y
  }
}

/// The sizes of a 3x3 convolution and how it is cut into pieces.
struct PatchLayout {
  let batch: Int
  let time: Int
  let bins: Int
  let channels: Int
  let out: Int
  let stride: Int

  init(input: [Int], out: Int, stride: Int) {
    precondition(input.count == 4, "a convolution wants (batch, time, bins, channels)")
    precondition(stride >= 1)
    (batch, time, bins, channels) = (input[0], input[1], input[2], input[3])
    self.out = out
    self.stride = stride
  }

  var outBins: Int { (bins + stride - 1) / stride }
  /// Values in one patch.
  var patch: Int { 9 * channels }
  /// Values in one item of the batch.
  var inputSize: Int { time * bins * channels }
  var outputSize: Int { time * outBins * out }
  var outputShape: [Int] { [batch, time, outBins, out] }
  /// The patches of a piece fill about 512 KiB, half of a core's second-level cache.
  var framesPerPiece: Int { max(1, min(time, 131_072 / (patch * outBins))) }
  var piecesPerItem: Int { Parallel.pieces(time, of: framesPerPiece) }
}
