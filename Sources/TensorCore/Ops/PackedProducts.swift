internal import CKernels

/// Rows that one core multiplies at a time in inference: whole tiles of the products, and a few
/// pieces for each core, so that one that is disturbed does not hold up the others. Rows do not
/// depend on each other, and so nothing depends on how they are cut.
private func packedPiece(_ rows: Int) -> Int {
  let pieces = Parallel.threads == 1 ? 1 : 3 * Parallel.threads
  let tile = 6
  return max(4 * tile, (rows + pieces * tile - 1) / (pieces * tile) * tile)
}

extension Tensor {
  /// y (..., out) = activation(norm(x) weights^T + bias), for inference.
  func multiplied(
    by weights: PackedMatrix, bias: Tensor, activation: Activation, norm: NormStep? = nil
  ) -> Tensor {
    let (x, columns, out) = (self, self.columns, bias.count)
    let y = Tensor(uninitialized: shape.dropLast() + [out])
    Parallel.forEachPiece(of: rows, size: packedPiece(rows)) {
      let (first, rows) = ($0.lowerBound, $0.count)
      // normed (rows, columns)
      let normed = norm.map { _ in Tensor(uninitialized: [rows, columns]) }
      var from = unsafe x.data + first * columns
      if let norm, let normed {
        unsafe norm.apply(
          normed.data, from, rows: rows, columns: columns, for: weights.precision)
        unsafe from = normed.data
      }
      let inputs = unsafe weights.inputs(from, rows: rows, columns: columns)
      unsafe weights.multiply(
        inputs, rows: rows, bias: bias.data, activation: activation, y.data + first * out,
        yStride: out)
      withExtendedLifetime(normed) {}
    }
    return y
  }

  /// As ``convolution(weight:bias:stride:_:)``, for inference. Nothing is copied into patches: each
  /// is three stretches of a frame that has a border, which the product reads where they lie.
  func convolved(
    with weights: PackedMatrix, bias: Tensor, layout: PatchLayout, norm: NormStep?
  ) -> Tensor {
    let (x, y) = (self, Tensor(uninitialized: layout.outputShape))
    let (out, bins, channels) = (layout.out, layout.outBins, layout.channels)
    let isHalf = weights.precision == .bfloat16
    let size = isHalf ? 2 : 4
    let frame = layout.borderedBins * channels * size
    let pieces = Parallel.pieces(layout.time, of: Self.framesPerPiece)
    Parallel.forEach(layout.batch * pieces) { index in
      let item = index / pieces
      let frames = Parallel.piece(index % pieces, of: Self.framesPerPiece, in: layout.time)
      // The last group of a patch may reach a value beyond its end.
      let memory = Tensor(bytes: (frames.count + 2) * frame + 4)
      unsafe ck_bordered(
        memory.raw, x.data + item * layout.inputSize, isHalf ? 1 : 0, layout.time, layout.bins,
        channels, layout.borderedBins, frames.lowerBound, frames.upperBound)
      let to = unsafe y.data + item * layout.outputSize + frames.lowerBound * bins * out
      // found (frames, bins * out), before it is normed
      let found = norm.map { _ in Tensor(uninitialized: [frames.count, bins * out]) }
      let result = unsafe found?.data ?? to
      let inputs = unsafe PackedMatrix.Inputs(
        values: UnsafeRawPointer(memory.raw), scales: nil, zeros: nil,
        stride: layout.stride * channels * size, memory: memory)
      unsafe weights.multiply(
        inputs, lines: frames.count, lineStride: frame, rows: bins, segmentStride: frame,
        bias: bias.data, result, yStride: out)
      if let norm, let found {
        unsafe norm.apply(
          to, found.data, rows: frames.count, columns: bins * out, for: weights.precision)
      }
    }
    return y
  }

  /// A few frames more than the two of the border, and few enough to stay in a core's cache.
  private static var framesPerPiece: Int { 32 }
}

extension PatchLayout {
  /// Bins with a border of one before them and as many behind as the last patch reads.
  var borderedBins: Int { max(bins + 1, stride * (outBins - 1) + 3) }
}
