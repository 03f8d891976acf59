internal import CKernels

extension Tensor {
  /// Binary cross-entropy of logits, in the form that never overflows:
  /// sum(weights * bce(sigmoid(self), targets)) / normaliser, a tensor of one value.
  /// Targets may lie between 0 and 1; the weights carry masks and the weights of rare classes.
  package func bceWithLogits(
    targets: Tensor, weights: Tensor, normaliser: Float, _ tape: Tape?
  ) -> Tensor {
    precondition(count == targets.count && count == weights.count)
    let (logits, count) = (self, count)
    let pieces = Parallel.pieces(count, of: Kernels.piece)
    return unsafe summed("bceWithLogits", pieces, normaliser, tape) { index, slope in
      let range = Parallel.piece(index, of: Kernels.piece, in: count)
      let at = range.lowerBound
      return unsafe ck_bce(
        slope.map { unsafe $0 + at }, logits.data + at, targets.data + at, weights.data + at,
        1 / normaliser, range.count)
    }
  }

  /// Focal cross-entropy (Lin et al. 2017) for targets between 0 and 1 (Li et al. 2020): each
  /// value's cross-entropy times |sigmoid - target|^focus of its column, so that what is learned
  /// already weighs little. x (..., columns), focus (columns); 0 is plain cross-entropy.
  package func focalWithLogits(
    targets: Tensor, weights: Tensor, focus: Tensor, normaliser: Float, _ tape: Tape?
  ) -> Tensor {
    precondition(count == targets.count && count == weights.count && focus.count == columns)
    let (logits, columns, rows) = (self, columns, rows)
    let piece = rowPiece(rows)
    let pieces = Parallel.pieces(rows, of: piece)
    return unsafe summed("focalWithLogits", pieces, normaliser, tape) { index, slope in
      let range = Parallel.piece(index, of: piece, in: rows)
      let at = range.lowerBound * columns
      return unsafe ck_focal(
        slope.map { unsafe $0 + at }, logits.data + at, targets.data + at, weights.data + at,
        focus.data, 1 / normaliser, range.count, columns)
    }
  }

  /// How far the probabilities' steps from frame to frame differ from the targets' steps, squared:
  /// flicker costs, a real onset does not. x (batch, time, columns); frames without a weight are
  /// left out.
  package func temporalConsistency(
    targets: Tensor, weights: Tensor, normaliser: Float, _ tape: Tape?
  ) -> Tensor {
    precondition(shape.count == 3 && count == targets.count && count == weights.count)
    let (logits, time, columns) = (self, shape[1], shape[2])
    return unsafe summed("temporalConsistency", shape[0], normaliser, tape) { item, slope in
      let at = item * time * columns
      return unsafe ck_consistency(
        slope.map { unsafe $0 + at }, logits.data + at, targets.data + at, weights.data + at,
        1 / normaliser, time, columns)
    }
  }

  /// In these columns each frame's value becomes the largest within `reach` frames, so that a
  /// cross-entropy asks for a beat near its frame and not on it (Foscarin et al. 2024).
  /// x (batch, time, columns) -> y as x.
  package func maximumNear(reach: Int, columns chosen: Range<Int>, _ tape: Tape?) -> Tensor {
    precondition(shape.count == 3 && reach >= 0 && (0..<columns).contains(chosen))
    let (x, batch, time, columns) = (self, shape[0], shape[1], shape[2])
    let y = Tensor(uninitialized: shape, needsGradient: tape.tracks(x))
    Parallel.forEach(batch) { item in
      let at = item * time * columns
      unsafe ck_maximum_near(
        y.data + at, x.data + at, time, columns, chosen.lowerBound, chosen.upperBound, reach)
    }
    tape?.record("maximumNear", y) { dy in
      let dx = Tensor(uninitialized: x.shape)
      Parallel.forEach(batch) { item in
        let at = item * time * columns
        unsafe ck_maximum_near_backward(
          dx.data + at, x.data + at, dy.data + at, time, columns, chosen.lowerBound,
          chosen.upperBound, reach)
      }
      x.accumulate(dx)
    }
    return y
  }

  /// The one value that `pieces` calls of `part` add up to, over `normaliser`. `part` writes its
  /// piece of the gradient, made along the way, where it is handed memory for it.
  private func summed(
    _ operation: String, _ pieces: Int, _ normaliser: Float, _ tape: Tape?,
    _ part: (Int, UnsafeMutablePointer<Float>?) -> Double
  ) -> Tensor {
    let logits = self
    let loss = Tensor(uninitialized: [1], needsGradient: tape.tracks(logits))
    // slope (as the logits)
    let slope = loss.needsGradient ? Tensor(uninitialized: shape) : nil
    var sums = [Double](repeating: 0, count: pieces)
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      let total = unsafe sums
      Parallel.forEach(pieces) { unsafe total[$0] = part($0, slope.map { unsafe $0.data }) }
    }
    loss.fill(Float(sums.reduce(0, +) / Double(normaliser)))
    tape?.record(operation, loss) { dloss in
      guard let slope else { return }
      let factor = dloss.item
      let dx = Tensor(uninitialized: logits.shape)
      unsafe Kernels.map(dx, slope) { unsafe ck_scale($0, $1, factor, $2) }
      logits.accumulate(dx)
    }
    return loss
  }
}

extension Range<Int> {
  fileprivate func contains(_ other: Range<Int>) -> Bool {
    other.lowerBound >= lowerBound && other.upperBound <= upperBound
  }
}
