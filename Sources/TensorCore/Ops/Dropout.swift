internal import CKernels

extension Tensor {
  /// Sets a share `probability` of the values to zero and scales up the others; does nothing
  /// without a tape. What is dropped depends on the tape's random state alone.
  package func dropout(_ probability: Double, _ tape: Tape?) -> Tensor {
    precondition(probability >= 0 && probability < 1)
    guard let tape, probability > 0 else { return self }
    let x = self
    // mask (as x): 0 or 1 / (1 - probability)
    let mask = Tensor.dropoutMask(shape, probability, tape)
    let y = Tensor(uninitialized: shape, needsGradient: Optional(tape).tracks(x))
    unsafe Kernels.map(y, x, mask, ck_multiply)
    tape.record("dropout", y) { dy in
      let dx = Tensor(uninitialized: x.shape)
      unsafe Kernels.map(dx, dy, mask, ck_multiply)
      x.accumulate(dx)
    }
    return y
  }

  /// Drops whole items of a batch: stochastic depth (Huang et al. 2016), where this is a branch
  /// that is added to a stream. x (batch, ...) -> y as x.
  package func dropItems(_ probability: Double, _ tape: Tape?) -> Tensor {
    precondition(probability >= 0 && probability < 1)
    guard let tape, probability > 0 else { return self }
    let (x, batch) = (self, shape[0])
    // mask (batch): 0 or 1 / (1 - probability)
    let mask = Tensor.dropoutMask([batch], probability, tape)
    let y = Tensor(uninitialized: shape, needsGradient: Optional(tape).tracks(x))
    y.scaleItems(of: x, by: mask)
    tape.record("dropItems", y) { dy in
      let dx = Tensor(uninitialized: x.shape)
      dx.scaleItems(of: dy, by: mask)
      x.accumulate(dx)
    }
    return y
  }

  private static func dropoutMask(_ shape: [Int], _ probability: Double, _ tape: Tape) -> Tensor {
    let seed = tape.random.next()
    let mask = Tensor(uninitialized: shape)
    Parallel.forEachPiece(of: mask.count, size: Kernels.piece) {
      let at = $0.lowerBound
      unsafe ck_dropout_mask(mask.data + at, seed, at, Float(probability), $0.count)
    }
    return mask
  }

  private func scaleItems(of x: Tensor, by factors: Tensor) {
    let size = count / factors.count
    Parallel.forEach(factors.count) { item in
      unsafe ck_scale(data + item * size, x.data + item * size, factors.data[item], size)
    }
  }
}
