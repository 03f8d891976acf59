internal import CKernels

extension Tensor {
  /// Gaussian error linear unit in its tanh form (Hendrycks & Gimpel 2016).
  package func gelu(_ tape: Tape?) -> Tensor {
    unsafe pointwise("gelu", tape, forward: ck_gelu, backward: ck_gelu_backward)
  }

  /// x * sigmoid(x), the sigmoid linear unit (Elfwing et al. 2017).
  package func silu(_ tape: Tape?) -> Tensor {
    unsafe pointwise("silu", tape, forward: ck_silu, backward: ck_silu_backward)
  }

  /// `backward` writes dx from x and dy.
  private func pointwise(
    _ name: String, _ tape: Tape?, forward: Kernels.Unary, backward: @escaping Kernels.Binary
  ) -> Tensor {
    let x = self
    let y = Tensor(uninitialized: shape, needsGradient: tape.tracks(x))
    unsafe Kernels.map(y, x, forward)
    tape?.record(name, y) { dy in
      let dx = Tensor(uninitialized: x.shape)
      unsafe Kernels.map(dx, x, dy, backward)
      x.accumulate(dx)
    }
    return y
  }

  /// For inference only: training takes the sigmoid inside its loss.
  package func sigmoid() -> Tensor {
    let y = Tensor(uninitialized: shape)
    unsafe Kernels.map(y, self, ck_sigmoid)
    return y
  }

  /// The sum of two tensors of one shape.
  package func add(_ other: Tensor, _ tape: Tape?) -> Tensor {
    precondition(shape == other.shape, "\(shape) and \(other.shape) do not add")
    let x = self
    let y = Tensor(uninitialized: shape, needsGradient: tape.tracks(x, other))
    Kernels.add(y, x, other)
    tape?.record("add", y) { dy in
      x.accumulate(dy)
      other.accumulate(dy)
    }
    return y
  }

  package func scale(by factor: Float, _ tape: Tape?) -> Tensor {
    let x = self
    let y = Tensor(uninitialized: shape, needsGradient: tape.tracks(x))
    unsafe Kernels.map(y, x) { unsafe ck_scale($0, $1, factor, $2) }
    tape?.record("scale", y) { dy in
      let dx = Tensor(uninitialized: x.shape)
      unsafe Kernels.map(dx, dy) { unsafe ck_scale($0, $1, factor, $2) }
      x.accumulate(dx)
    }
    return y
  }

  /// The same values under another shape.
  package func reshape(_ shape: [Int], _ tape: Tape?) -> Tensor {
    let x = self
    let y = Tensor(view: x, shape: shape, needsGradient: tape.tracks(x))
    tape?.record("reshape", y) { dy in x.accumulate(Tensor(view: dy, shape: x.shape)) }
    return y
  }
}
