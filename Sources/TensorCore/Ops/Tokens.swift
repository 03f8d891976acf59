internal import CKernels

extension Tensor {
  /// The rows of a table by number: self (vocabulary, width) -> y (ids, width).
  package func embedding(_ ids: [Int], _ tape: Tape?) -> Tensor {
    precondition(shape.count == 2 && ids.allSatisfy { (0..<shape[0]).contains($0) })
    let (table, width) = (self, shape[1])
    let y = Tensor(uninitialized: [ids.count, width], needsGradient: tape.tracks(table))
    for (index, id) in ids.enumerated() {
      unsafe (y.data + index * width).update(from: table.data + id * width, count: width)
    }
    tape?.record("embedding", y) { dy in
      let dtable = Tensor(table.shape)
      // In their order, so that a row that is used twice sums to the same bits.
      for (index, id) in ids.enumerated() {
        let row = unsafe dtable.data + id * width
        unsafe ck_add(row, row, dy.data + index * width, width)
      }
      table.accumulate(dtable)
    }
    return y
  }

  /// Cross-entropy of the softmax of logits (rows, vocabulary) against a token per row, summed and
  /// divided by `normaliser`: a tensor of one value. A row whose target is `nil` is padding and
  /// counts for nothing. `smoothing` is the share of each target that is spread over all tokens
  /// (Szegedy et al. 2016).
  package func tokenCrossEntropy(
    targets: [Int?], smoothing: Float = 0, normaliser: Float, _ tape: Tape?
  ) -> Tensor {
    let (logits, rows, columns) = (self, self.rows, self.columns)
    precondition(targets.count == rows)
    let loss = Tensor(uninitialized: [1], needsGradient: tape.tracks(logits))
    // slope (rows, vocabulary): probabilities, then the gradient; lse (rows)
    let slope = Tensor(uninitialized: shape)
    let lse = Tensor(uninitialized: [rows])
    slope.copy(from: logits)
    let spread = smoothing / Float(columns)
    var sum = 0.0
    if rows > 0 { unsafe ck_softmax(slope.data, lse.data, rows, columns, -rows, columns) }
    for (row, target) in targets.enumerated() {
      let own = unsafe slope.data + row * columns
      guard let target else {
        unsafe ck_fill(own, 0, columns)
        continue
      }
      sum += Double(lse[row] - (1 - smoothing) * logits[row * columns + target])
      unsafe own[target] -= 1 - smoothing
      guard smoothing > 0 else { continue }
      sum -= unsafe Double(spread) * ck_sum(logits.data + row * columns, columns)
      for column in 0..<columns { unsafe own[column] -= spread }
    }
    loss.fill(Float(sum / Double(normaliser)))
    tape?.record("tokenCrossEntropy", loss) { dloss in
      let factor = dloss.item / normaliser
      let dx = Tensor(uninitialized: logits.shape)
      unsafe Kernels.map(dx, slope) { unsafe ck_scale($0, $1, factor, $2) }
      logits.accumulate(dx)
    }
    return loss
  }
}
