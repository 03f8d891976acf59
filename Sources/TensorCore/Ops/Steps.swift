internal import CKernels

/// What is done to a value after a product or a norm.
package enum Activation: Sendable {
  case none, gelu, silu

  var code: Int32 {
    switch self {
    case .none: Int32(CK_NO_ACTIVATION)
    case .gelu: Int32(CK_GELU)
    case .silu: Int32(CK_SILU)
    }
  }
}

/// A layer norm and the activation after it, as one step before or after a product: inference
/// applies it to the rows that a core has at hand.
package struct NormStep {
  let scale: Tensor
  let shift: Tensor
  let epsilon: Float = 1e-5
  let activation: Activation

  package init(scale: Tensor, shift: Tensor, activation: Activation = .none) {
    (self.scale, self.shift, self.activation) = (scale, shift, activation)
  }

  /// - Parameter precision: what the result will be rounded to, which GELU need not be nearer than.
  func apply(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, rows: Int, columns: Int,
    for precision: Precision
  ) {
    precondition(scale.count == columns && shift.count == columns)
    unsafe ck_norm(
      y, x, scale.data, shift.data, epsilon, activation.code, precision == .float32 ? 0 : 1, rows,
      columns)
  }
}

extension Tensor {
  func activated(_ activation: Activation, _ tape: Tape?) -> Tensor {
    switch activation {
    case .none: self
    case .gelu: gelu(tape)
    case .silu: silu(tape)
    }
  }

  package func normed(_ norm: NormStep, _ tape: Tape?) -> Tensor {
    layerNorm(scale: norm.scale, shift: norm.shift, epsilon: norm.epsilon, tape)
      .activated(norm.activation, tape)
  }
}
