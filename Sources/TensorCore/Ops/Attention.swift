internal import CKernels
internal import Glibc
internal import Synchronization

extension Tensor {
  /// Multi-head self-attention with rotary positions, from the joint projection
  /// qkv (batch, time, 3 * heads * size: all queries, all keys, all values) to
  /// y (batch, time, heads * size). With `reach` a frame sees only that many frames to each side.
  /// With `lengths` only so many rows of each item count: the others are padding, which nobody
  /// sees and whose result is zero. Inference rounds to `precision`, but not below bfloat16.
  ///
  /// Only the log-sum of each row is kept for the backward pass, which makes the probabilities
  /// again block by block (Dao et al. 2022): memory grows with time, not with its square.
  package func attention(
    heads: Int, reach: Int? = nil, positions: Positions = .sequence, lengths: [Int]? = nil,
    precision: Precision = .float32, _ tape: Tape?
  ) -> Tensor {
    let layout = AttentionLayout(
      qkv: shape, heads: heads, reach: reach, positions: positions, lengths: lengths)
    if tape == nil, layout.size <= AttentionLayout.largestInferredHead {
      return attended(layout, precision)
    }
    let (qkv, size, width, row) = (self, layout.size, layout.width, layout.rowStride)
    let y = Tensor(
      uninitialized: [layout.batch, layout.time, width], needsGradient: tape.tracks(qkv))
    if lengths != nil { y.fill(0) }
    // turned (batch, time, 3 * width): queries and keys rotated, values as they are
    let turned = qkv.rotated(layout, direction: 1)
    // lse (batch, heads, time)
    let lse = Tensor(uninitialized: [layout.batch, heads, layout.time])
    Parallel.forEach(layout.batch * heads) { index in
      let at = layout.offset(index)
      let (q, k, v) = unsafe (
        turned.data + at, turned.data + at + width, turned.data + at + 2 * width
      )
      let o = unsafe y.data + layout.outputOffset(index)
      // scores (block, time)
      let scores = Tensor(uninitialized: [layout.block, layout.time])
      for block in layout.blocks(of: index) {
        let (n, first) = (block.queries.count, block.queries.lowerBound)
        let (low, keys) = (block.keys.lowerBound, block.keys.count)
        // scores (n, keys) = factor * q (n, size) * k^T (size, keys)
        unsafe BLAS.product(
          false, true, n, keys, size, alpha: layout.factor, q + first * row, row, k + low * row,
          row, scores.data, keys)
        unsafe ck_softmax(
          scores.data, lse.data + index * layout.time + first, n, keys, block.lowest,
          block.highest)
        // o (n, size) = scores (n, keys) * v (keys, size)
        unsafe BLAS.product(
          false, false, n, size, keys, scores.data, keys, v + low * row, row, o + first * width,
          width)
      }
    }
    tape?.record("attention", y) { dy in
      let dqkv = turned.attentionBackward(y: y, dy: dy, lse: lse, layout: layout)
      qkv.accumulate(dqkv.rotated(layout, direction: -1))
    }
    return y
  }

  /// self is `turned` of the forward pass; the result is the gradient of the rotated
  /// qkv (batch, time, 3 * width).
  private func attentionBackward(
    y: Tensor, dy: Tensor, lse: Tensor, layout: AttentionLayout
  ) -> Tensor {
    let (turned, size, width, row) = (self, layout.size, layout.width, layout.rowStride)
    let dqkv = Tensor(shape)
    Parallel.forEach(layout.batch * layout.heads) { index in
      let at = layout.offset(index)
      let (q, k, v) = unsafe (
        turned.data + at, turned.data + at + width, turned.data + at + 2 * width
      )
      let (dq, dk, dv) = unsafe (
        dqkv.data + at, dqkv.data + at + width, dqkv.data + at + 2 * width
      )
      let (o, g) = unsafe (
        y.data + layout.outputOffset(index), dy.data + layout.outputOffset(index)
      )
      // p, dp (block, time); delta (block)
      let p = Tensor(uninitialized: [layout.block, layout.time])
      let dp = Tensor(uninitialized: [layout.block, layout.time])
      let delta = Tensor(uninitialized: [layout.block])
      for block in layout.blocks(of: index) {
        let (n, first) = (block.queries.count, block.queries.lowerBound)
        let (low, keys) = (block.keys.lowerBound, block.keys.count)
        let (ownQ, ownG) = unsafe (q + first * row, g + first * width)
        // p (n, keys) = softmax(factor * q k^T)
        unsafe BLAS.product(
          false, true, n, keys, size, alpha: layout.factor, ownQ, row, k + low * row, row, p.data,
          keys)
        unsafe ck_softmax_again(
          p.data, lse.data + index * layout.time + first, n, keys, block.lowest, block.highest)
        // dv (keys, size) += p^T (keys, n) * dy (n, size)
        unsafe BLAS.product(
          true, false, keys, size, n, p.data, keys, ownG, width, beta: 1, dv + low * row, row)
        // dp (n, keys) = dy (n, size) * v^T (size, keys)
        unsafe BLAS.product(
          false, true, n, keys, size, ownG, width, v + low * row, row, dp.data, keys)
        // delta (n) = sum(p * dp) by row, which is the dot of output and gradient
        unsafe ck_row_dots(delta.data, o + first * width, ownG, n, size, width)
        unsafe ck_softmax_backward(dp.data, p.data, delta.data, layout.factor, n, keys)
        // dq (n, size) = ds (n, keys) * k (keys, size)
        unsafe BLAS.product(
          false, false, n, size, keys, dp.data, keys, k + low * row, row, dq + first * row, row)
        // dk (keys, size) += ds^T (keys, n) * q (n, size)
        unsafe BLAS.product(
          true, false, keys, size, n, dp.data, keys, ownQ, row, beta: 1, dk + low * row, row)
      }
    }
    return dqkv
  }

  /// Queries and keys turned by their positions, or back with `direction` -1; values copied.
  private func rotated(_ layout: AttentionLayout, direction: Float) -> Tensor {
    let (x, width, row) = (self, layout.width, layout.rowStride)
    let y = Tensor(uninitialized: shape)
    // table (time, size)
    let table = layout.rotaryTable()
    Parallel.forEach(layout.batch) { item in
      let at = item * layout.time * row
      // Queries and keys lie side by side: twice as many heads to turn.
      unsafe ck_rotary(
        y.data + at, x.data + at, table.data, direction, layout.time, 2 * layout.heads,
        layout.size, row)
      for t in 0..<layout.time {
        let values = at + t * row + 2 * width
        unsafe (y.data + values).update(from: x.data + values, count: width)
      }
    }
    return y
  }
}

/// Where the rows of an attention stand towards each other.
package enum Positions: Hashable, Sendable {
  /// One after the other in time.
  case sequence
  /// On a grid of so many bands by time, the bands of one time side by side: half of each head
  /// turns with the time, half with the band (Heo et al. 2024).
  case grid(bands: Int)
}

/// The sizes of an attention and its blocks of queries.
struct AttentionLayout {
  let batch: Int
  let time: Int
  let heads: Int
  let size: Int
  let reach: Int?
  let positions: Positions
  /// Rows of each item that are not padding.
  let lengths: [Int]?

  init(qkv: [Int], heads: Int, reach: Int?, positions: Positions, lengths: [Int]?) {
    precondition(qkv.count == 3, "attention wants (batch, time, 3 * heads * size)")
    (batch, time, self.heads, size) = (qkv[0], qkv[1], heads, qkv[2] / (3 * heads))
    precondition(qkv[2] == 3 * heads * size && size % 2 == 0)
    self.reach = reach
    self.positions = positions
    self.lengths = lengths
    if case .grid(let bands) = positions {
      precondition(size % 4 == 0 && time % bands == 0, "a grid wants heads of whole quarters")
    }
    if let lengths {
      precondition(lengths.count == batch && lengths.allSatisfy { $0 >= 0 && $0 <= time })
    }
  }

  var width: Int { heads * size }
  var rowStride: Int { 3 * width }
  /// Scores of unit variance at the start (Vaswani et al. 2017).
  var factor: Float { 1 / Float(size).squareRoot() }
  /// Rows of scores made at a time: 128 by 1,000 frames fill half of the second-level cache.
  var block: Int { min(time, 128) }

  /// Where the queries of one head of one item begin.
  func offset(_ index: Int) -> Int {
    index / heads * time * rowStride + index % heads * size
  }

  func outputOffset(_ index: Int) -> Int { index / heads * time * width + index % heads * size }

  struct Block {
    let queries: Range<Int>
    let keys: Range<Int>
    /// Row r of the block sees the keys from r + lowest up to r + highest, counted from the first.
    let lowest: Int
    let highest: Int
  }

  /// The blocks of head and item `index`.
  func blocks(of index: Int) -> [Block] {
    let time = lengths?[index / heads] ?? self.time
    return (0..<Parallel.pieces(time, of: block)).map { index in
      let queries = Parallel.piece(index, of: block, in: time)
      guard let reach else {
        return Block(queries: queries, keys: 0..<time, lowest: -time, highest: 2 * time)
      }
      let keys =
        max(0, queries.lowerBound - reach)..<min(time, queries.upperBound + reach)
      let shift = queries.lowerBound - keys.lowerBound
      return Block(
        queries: queries, keys: keys, lowest: shift - reach, highest: shift + reach + 1)
    }
  }

  /// Cosines and sines (time, size) of position * 10000^(-i / n) for the n angles of a head, or for
  /// the n angles of the time and then the n of the band.
  func rotaryTable() -> Tensor {
    let key = RotaryTables.Key(time: time, size: size, positions: positions)
    return Tensor(RotaryTables.table(key, orMake: rotaryValues), [time, size])
  }

  private func rotaryValues() -> [Float] {
    let half = size / 2
    let (bands, angles) =
      if case .grid(let bands) = positions { (bands, half / 2) } else { (1, half) }
    var values = [Float](repeating: 0, count: time * size)
    for i in 0..<half {
      let frequency = pow(10_000, -Double(i % angles) / Double(angles))
      for row in 0..<time {
        let position = i < angles ? row / bands : row % bands
        values[row * size + i] = Float(cos(Double(position) * frequency))
        values[row * size + half + i] = Float(sin(Double(position) * frequency))
      }
    }
    return values
  }
}

/// The tables of the positions that were asked for last: every layer of every window wants the same.
private enum RotaryTables {
  struct Key: Hashable {
    let time: Int
    let size: Int
    let positions: Positions
  }

  private static let tables = Mutex<[(key: Key, values: [Float])]>([])
  /// A network has up to three kinds of attention, and the last window of a song is shorter.
  private static let most = 6

  static func table(_ key: Key, orMake make: () -> [Float]) -> [Float] {
    if let found = tables.withLock({ $0.first { $0.key == key }?.values }) { return found }
    let values = make()
    tables.withLock { tables in
      tables.append((key, values))
      if tables.count > most { tables.removeFirst() }
    }
    return values
  }
}
