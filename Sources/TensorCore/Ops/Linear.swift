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

  /// ``linear(weight:bias:activation:_:)`` of what `norm` leaves.
  package func linear(
    after norm: NormStep, weight: Tensor, bias: Tensor, activation: Activation = .none,
    _ tape: Tape?
  ) -> Tensor {
    if tape == nil, weight.seen == nil, let packed = weight.packed {
      return multiplied(by: packed, bias: bias, activation: activation, norm: norm)
    }
    return normed(norm, tape).linear(weight: weight, bias: bias, activation: activation, tape)
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
