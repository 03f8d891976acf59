internal import CKernels

/// Rows that one core multiplies at a time in inference: whole tiles of the products, and a few
/// pieces for each core, so that one that is disturbed does not hold up the others; of several
/// products no more than leave what lies between them, `widest` values a row, in the second-level
/// cache, where those are enough to read the weights for. Rows do not depend on each other, and so
/// nothing depends on how they are cut.
private func packedPiece(_ rows: Int, widest: Int?) -> Int {
  let pieces = Parallel.threads == 1 ? 1 : 3 * Parallel.threads
  let tile = 6
  let cached = widest.map { 131_072 / $0 / tile * tile } ?? rows
  let most = cached >= 16 * tile ? cached : rows
  return max(4 * tile, min(most, (rows + pieces * tile - 1) / (pieces * tile) * tile))
}

extension Tensor {
  /// y (..., out) = activation(norm(x) weights^T + bias), for inference.
  func multiplied(
    by weights: PackedMatrix, bias: Tensor, activation: Activation, norm: NormStep? = nil
  ) -> Tensor {
    multiplied(by: [PackedStep(weights, bias, activation, norm: norm)], adding: nil)
  }

  /// y (..., out): the steps after each other, and `stream` added to the last, for inference. A
  /// core takes its rows through all of them.
  func multiplied(by steps: [PackedStep], adding stream: Tensor?) -> Tensor {
    let (x, columns, last) = (self, self.columns, steps[steps.count - 1])
    let y = Tensor(uninitialized: shape.dropLast() + [last.width])
    precondition(stream == nil || (stream?.shape == y.shape && !last.isGated))
    let between = steps.dropLast().map(\.bias.count).max()
    Parallel.forEachPiece(of: rows, size: packedPiece(rows, widest: between)) {
      let (first, rows) = ($0.lowerBound, $0.count)
      let (to, added) = unsafe (y.data + first * last.width, stream?.data)
      var kept: Tensor?
      var (from, columns) = unsafe (UnsafePointer(x.data + first * columns), columns)
      for step in steps.dropLast() {
        // found (rows, width)
        let found = Tensor(uninitialized: [rows, step.width])
        unsafe step.apply(found.data, from, rows: rows, columns: columns, added: nil)
        (columns, kept) = (step.width, found)
        unsafe from = UnsafePointer(found.data)
      }
      unsafe last.apply(
        to, from, rows: rows, columns: columns, added: added.map { unsafe $0 + first * last.width })
      withExtendedLifetime(kept) {}
    }
    return y
  }
}

/// A norm, a product and what follows it, on the rows that a core has at hand.
struct PackedStep {
  let weights: PackedMatrix
  let bias: Tensor
  let activation: Activation
  let norm: NormStep?
  /// Whether a gated linear unit halves what comes out.
  let isGated: Bool

  init(
    _ weights: PackedMatrix, _ bias: Tensor, _ activation: Activation, norm: NormStep?,
    isGated: Bool = false
  ) {
    (self.weights, self.bias, self.activation) = (weights, bias, activation)
    (self.norm, self.isGated) = (norm, isGated)
  }

  /// Values in a row that comes out.
  var width: Int { isGated ? bias.count / 2 : bias.count }

  /// x (rows, columns) -> y (rows, width), with `added` as y.
  func apply(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, rows: Int, columns: Int,
    added: UnsafePointer<Float>?
  ) {
    // normed (rows, columns)
    let normed = norm.map { _ in Tensor(uninitialized: [rows, columns]) }
    var from = unsafe x
    if let norm, let normed {
      unsafe norm.apply(normed.data, x, rows: rows, columns: columns, for: weights.precision)
      unsafe from = UnsafePointer(normed.data)
    }
    let inputs = unsafe weights.inputs(from, rows: rows, columns: columns)
    // gates (rows, 2 * width)
    let gates = isGated ? Tensor(uninitialized: [rows, bias.count]) : nil
    unsafe weights.multiply(
      inputs, rows: rows, bias: bias.data, activation: activation, added: added,
      gates?.data ?? y, yStride: bias.count)
    if let gates { unsafe ck_glu(y, gates.data, rows, width) }
    withExtendedLifetime(normed) {}
  }
}
