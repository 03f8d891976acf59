internal import CKernels

/// How the rows of a matrix are cut for several cores: at most this many pieces, because each piece
/// of a backward pass sums parameter gradients of its own before they are added up.
let rowPieces = 8

/// Rows in a piece: whole multiples of 16, and enough that a product's set-up does not show.
func rowPiece(_ rows: Int, atLeast minimum: Int = 128) -> Int {
  max(minimum, ((rows + rowPieces - 1) / rowPieces + 15) / 16 * 16)
}

extension Tensor {
  /// x * scale + shift by column, for x (..., columns); scale, shift (columns).
  package func affine(scale: Tensor, shift: Tensor, _ tape: Tape?) -> Tensor {
    let (x, columns, rows) = (self, self.columns, self.rows)
    precondition(scale.count == columns && shift.count == columns)
    let y = Tensor(uninitialized: shape, needsGradient: tape.tracks(x, scale, shift))
    let piece = rowPiece(rows, atLeast: 16)
    Parallel.forEachPiece(of: rows, size: piece) {
      let at = $0.lowerBound * columns
      unsafe ck_affine(y.data + at, x.data + at, scale.data, shift.data, $0.count, columns)
    }
    tape?.record("affine", y) { dy in
      let pieces = Parallel.pieces(rows, of: piece)
      let dx = Tensor(uninitialized: x.shape)
      // dscales, dshifts (pieces, columns)
      let dscales = Tensor([pieces, columns])
      let dshifts = Tensor([pieces, columns])
      Parallel.forEach(pieces) { index in
        let range = Parallel.piece(index, of: piece, in: rows)
        let (at, own) = (range.lowerBound * columns, index * columns)
        unsafe ck_affine_backward(
          dx.data + at, dscales.data + own, dshifts.data + own, x.data + at, scale.data,
          dy.data + at, range.count, columns)
      }
      x.accumulate(dx)
      scale.accumulate(summed: dscales, pieces)
      shift.accumulate(summed: dshifts, pieces)
    }
    return y
  }

  /// Layer normalisation (Ba et al. 2016) of each row of x (..., columns); scale, shift (columns).
  package func layerNorm(
    scale: Tensor, shift: Tensor, epsilon: Float = 1e-5, _ tape: Tape?
  ) -> Tensor {
    let (x, columns, rows) = (self, self.columns, self.rows)
    precondition(scale.count == columns && shift.count == columns)
    let y = Tensor(uninitialized: shape, needsGradient: tape.tracks(x, scale, shift))
    // mean, rstd (rows)
    let mean = Tensor(uninitialized: [rows])
    let rstd = Tensor(uninitialized: [rows])
    let piece = rowPiece(rows, atLeast: 16)
    Parallel.forEachPiece(of: rows, size: piece) {
      let (row, at) = ($0.lowerBound, $0.lowerBound * columns)
      unsafe ck_layer_norm(
        y.data + at, mean.data + row, rstd.data + row, x.data + at, scale.data, shift.data,
        epsilon, $0.count, columns)
    }
    tape?.record("layerNorm", y) { dy in
      let pieces = Parallel.pieces(rows, of: piece)
      let dx = Tensor(uninitialized: x.shape)
      // dscales, dshifts (pieces, columns)
      let dscales = Tensor([pieces, columns])
      let dshifts = Tensor([pieces, columns])
      Parallel.forEach(pieces) { index in
        let range = Parallel.piece(index, of: piece, in: rows)
        let (row, at, own) = (range.lowerBound, range.lowerBound * columns, index * columns)
        unsafe ck_layer_norm_backward(
          dx.data + at, dscales.data + own, dshifts.data + own, x.data + at, mean.data + row,
          rstd.data + row, scale.data, dy.data + at, range.count, columns)
      }
      x.accumulate(dx)
      scale.accumulate(summed: dscales, pieces)
      shift.accumulate(summed: dshifts, pieces)
    }
    return y
  }

  /// Gated linear unit (Dauphin et al. 2017): x (..., 2 h) -> x[..., :h] * sigmoid(x[..., h:]).
  package func glu(_ tape: Tape?) -> Tensor {
    let (x, rows, half) = (self, self.rows, self.columns / 2)
    precondition(columns == 2 * half, "a gate needs an even number of columns")
    // y (..., h)
    let y = Tensor(uninitialized: shape.dropLast() + [half], needsGradient: tape.tracks(x))
    let piece = rowPiece(rows, atLeast: 16)
    Parallel.forEachPiece(of: rows, size: piece) {
      let at = $0.lowerBound * half
      unsafe ck_glu(y.data + at, x.data + 2 * at, $0.count, half)
    }
    tape?.record("glu", y) { dy in
      let dx = Tensor(uninitialized: x.shape)
      Parallel.forEachPiece(of: rows, size: piece) {
        let at = $0.lowerBound * half
        unsafe ck_glu_backward(dx.data + 2 * at, x.data + 2 * at, dy.data + at, $0.count, half)
      }
      x.accumulate(dx)
    }
    return y
  }

  /// Adds the sum of the `pieces` (pieces, count) that as many cores made.
  func accumulate(summed pieces: Tensor, _ number: Int) {
    guard needsGradient else { return }
    let sum = Tensor(uninitialized: shape)
    Kernels.columnSums(sum, of: pieces, rows: number)
    accumulate(sum)
  }
}
