internal import CKernels

extension Tensor {
  /// x (batch, a, b, columns) -> y (batch, b, a, columns).
  package func swapped(_ tape: Tape?) -> Tensor {
    precondition(shape.count == 4)
    let (x, batch, a, b, columns) = (self, shape[0], shape[1], shape[2], shape[3])
    let y = Tensor(uninitialized: [batch, b, a, columns], needsGradient: tape.tracks(x))
    y.swap(x, batch, a, b, columns)
    tape?.record("swapped", y) { dy in
      let dx = Tensor(uninitialized: x.shape)
      dx.swap(dy, batch, b, a, columns)
      x.accumulate(dx)
    }
    return y
  }

  private func swap(_ x: Tensor, _ batch: Int, _ a: Int, _ b: Int, _ columns: Int) {
    Parallel.forEach(batch) { item in
      let at = item * a * b * columns
      unsafe ck_swap(data + at, x.data + at, a, b, columns)
    }
  }

  /// The parts of a picture that a window sees as it moves, with a border of zeros:
  /// x (batch, rows, columns) -> y (batch, ceil(rows / row step), ceil(columns / column step),
  /// height * width: row, column). What a window is larger than its step lies half to each side.
  package func patches(_ grid: PatchGrid, _ tape: Tape?) -> Tensor {
    precondition(shape.count == 3, "patches want (batch, rows, columns)")
    let (x, batch, rows, columns) = (self, shape[0], shape[1], shape[2])
    let (down, across) = (grid.down(rows), grid.across(columns))
    let size = grid.height * grid.width
    let y = Tensor(uninitialized: [batch, down, across, size], needsGradient: tape.tracks(x))
    Parallel.forEach(batch) { item in
      unsafe ck_windows(
        y.data + item * down * across * size, x.data + item * rows * columns, rows, columns,
        grid.height, grid.width, grid.rowStep, grid.columnStep)
    }
    tape?.record("patches", y) { dy in
      let dx = Tensor(x.shape)
      Parallel.forEach(batch) { item in
        unsafe ck_windows_backward(
          dx.data + item * rows * columns, dy.data + item * down * across * size, rows, columns,
          grid.height, grid.width, grid.rowStep, grid.columnStep)
      }
      x.accumulate(dx)
    }
    return y
  }

  /// The largest of each `pool` neighbouring bins, of fewer at the end:
  /// x (batch, time, bins, channels) -> y (batch, time, ceil(bins / pool), channels).
  package func maximumOfBins(_ pool: Int, _ tape: Tape?) -> Tensor {
    precondition(shape.count == 4 && pool >= 1)
    let (x, bins, channels) = (self, shape[2], shape[3])
    let pooled = (bins + pool - 1) / pool
    let rows = shape[0] * shape[1]
    let y = Tensor(
      uninitialized: [shape[0], shape[1], pooled, channels], needsGradient: tape.tracks(x))
    let piece = rowPiece(rows, atLeast: 16)
    Parallel.forEachPiece(of: rows, size: piece) {
      let row = $0.lowerBound
      unsafe ck_maximum(
        y.data + row * pooled * channels, x.data + row * bins * channels, $0.count, bins,
        channels, pool)
    }
    tape?.record("maximumOfBins", y) { dy in
      let dx = Tensor(uninitialized: x.shape)
      Parallel.forEachPiece(of: rows, size: piece) {
        let (from, to) = ($0.lowerBound * bins * channels, $0.lowerBound * pooled * channels)
        unsafe ck_maximum_backward(
          dx.data + from, x.data + from, y.data + to, dy.data + to, $0.count, bins, channels, pool)
      }
      x.accumulate(dx)
    }
    return y
  }
}

/// The window of ``Tensor/patches(_:_:)`` and how it moves.
package struct PatchGrid: Sendable {
  let height: Int
  let width: Int
  let rowStep: Int
  let columnStep: Int

  package init(height: Int, width: Int, rowStep: Int, columnStep: Int) {
    precondition((1...height).contains(rowStep) && (1...width).contains(columnStep))
    (self.height, self.width) = (height, width)
    (self.rowStep, self.columnStep) = (rowStep, columnStep)
  }

  /// Windows one below the other, and side by side.
  package func down(_ rows: Int) -> Int { (rows + rowStep - 1) / rowStep }
  package func across(_ columns: Int) -> Int { (columns + columnStep - 1) / columnStep }
}
