internal import CKernels

extension Tensor {
  /// Binary cross-entropy of logits, in the form that never overflows:
  /// sum(weights * bce(sigmoid(self), targets)) / normaliser, a tensor of one value.
  /// Targets may lie between 0 and 1; the weights carry masks and the weights of rare classes.
  package func bceWithLogits(
    targets: Tensor, weights: Tensor, normaliser: Float, _ tape: Tape?
  ) -> Tensor {
    precondition(count == targets.count && count == weights.count)
    let logits = self
    let loss = Tensor(uninitialized: [1], needsGradient: tape.tracks(logits))
    // gradient (as the logits) of the loss, made along the way
    let slope = loss.needsGradient ? Tensor(uninitialized: shape) : nil
    let pieces = Parallel.pieces(count, of: Kernels.piece)
    var sums = [Double](repeating: 0, count: pieces)
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      let total = unsafe sums
      Parallel.forEach(pieces) { index in
        let range = Parallel.piece(index, of: Kernels.piece, in: logits.count)
        let at = range.lowerBound
        unsafe total[index] = ck_bce(
          slope.map { unsafe $0.data + at }, logits.data + at, targets.data + at,
          weights.data + at, 1 / normaliser, range.count)
      }
    }
    loss.fill(Float(sums.reduce(0, +) / Double(normaliser)))
    tape?.record("bceWithLogits", loss) { dloss in
      guard let slope else { return }
      let factor = dloss.item
      let dx = Tensor(uninitialized: logits.shape)
      unsafe Kernels.map(dx, slope) { unsafe ck_scale($0, $1, factor, $2) }
      logits.accumulate(dx)
    }
    return loss
  }
}
