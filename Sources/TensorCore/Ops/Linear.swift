internal import CKernels

extension Tensor {
  /// y = activation(x W^T + b): x (..., in), weight (out, in), bias (out) -> y (..., out).
  package func linear(
    weight: Tensor, bias: Tensor, activation: Activation = .none, _ tape: Tape?
  ) -> Tensor {
    precondition(
      weight.shape == [bias.count, columns], "\(weight.shape) does not map \(shape)")
    if tape == nil { weight.seen?.see(self) }
    if tape == nil, let packed = weight.packed {
      return multiplied(by: packed, bias: bias, activation: activation)
    }
    return linear(weight: weight, bias: bias, tape: tape).activated(activation, tape)
  }

  /// The steps after each other, and `stream` added to the last.
  package func linear(_ steps: [LinearStep], adding stream: Tensor? = nil, _ tape: Tape?) -> Tensor
  {
    let packed = steps.compactMap(\.packed)
    if tape == nil, packed.count == steps.count {
      return multiplied(by: packed, adding: stream)
    }
    let y = steps.reduce(self) { x, step in
      let normed = step.norm.map { x.normed($0, tape) } ?? x
      let y = normed.linear(
        weight: step.weight, bias: step.bias, activation: step.activation, tape)
      return step.isGated ? y.glu(tape) : y
    }
    return stream?.add(y, tape) ?? y
  }

  private func linear(weight: Tensor, bias: Tensor, tape: Tape?) -> Tensor {
    let (x, rows, width, out) = (self, self.rows, self.columns, bias.count)
    let y = Tensor(
      uninitialized: shape.dropLast() + [out], needsGradient: tape.tracks(x, weight, bias))
    let piece = rowPiece(rows)
    Parallel.forEachPiece(of: rows, size: piece) {
      let (from, to) = unsafe (x.data + $0.lowerBound * width, y.data + $0.lowerBound * out)
      unsafe ck_bias(to, bias.data, $0.count, out)
      // y (n, out) += x (n, in) * weight^T (in, out)
      unsafe BLAS.product(
        false, true, $0.count, out, width, from, width, weight.data, width, beta: 1, to, out)
    }
    tape?.record("linear", y) { dy in
      let pieces = Parallel.pieces(rows, of: piece)
      let dx = x.needsGradient ? Tensor(uninitialized: x.shape) : nil
      // dweights (pieces, out * in), dbiases (pieces, out)
      let dweights = Tensor(uninitialized: [pieces, out * width])
      let dbiases = Tensor(uninitialized: [pieces, out])
      Parallel.forEach(pieces) { index in
        let range = Parallel.piece(index, of: piece, in: rows)
        let (row, n) = (range.lowerBound, range.count)
        let g = unsafe dy.data + row * out
        if let dx {
          // dx (n, in) = dy (n, out) * weight (out, in)
          unsafe BLAS.product(
            false, false, n, width, out, g, out, weight.data, width, dx.data + row * width, width)
        }
        // dweight (out, in) = dy^T (out, n) * x (n, in)
        unsafe BLAS.product(
          true, false, out, width, n, g, out, x.data + row * width, width,
          dweights.data + index * out * width, width)
        unsafe ck_column_sums(dbiases.data + index * out, g, n, out)
      }
      if let dx { x.accumulate(dx) }
      weight.accumulate(summed: dweights, pieces)
      bias.accumulate(summed: dbiases, pieces)
    }
    return y
  }
}

/// A norm, a ``Tensor/linear(weight:bias:activation:_:)``, and with `isGated` a
/// ``Tensor/glu(_:)``.
package struct LinearStep {
  let norm: NormStep?
  let weight: Tensor
  let bias: Tensor
  let activation: Activation
  let isGated: Bool

  package init(
    after norm: NormStep? = nil, weight: Tensor, bias: Tensor, activation: Activation = .none,
    isGated: Bool = false
  ) {
    (self.norm, self.weight, self.bias) = (norm, weight, bias)
    (self.activation, self.isGated) = (activation, isGated)
  }

  /// For inference, unless somebody wants to see what is multiplied.
  fileprivate var packed: PackedStep? {
    guard weight.seen == nil, let packed = weight.packed else { return nil }
    return PackedStep(packed, bias, activation, norm: norm, isGated: isGated)
  }
}
