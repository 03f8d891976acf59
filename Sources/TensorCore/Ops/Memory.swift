internal import CKernels

extension Tensor {
  /// Multi-head attention of one stream to the rows of another: queries (batch, rows, width) to
  /// keys and values side by side, `memory` (batch, kept, 2 * width) -> y (batch, rows, width).
  ///
  /// With `lengths` only so many rows of each item's memory count; an item without any hears
  /// nothing, which is zero. With `causal` the memory is the stream's own past: the last query sees
  /// all of it, and each one before it a row less. There are no positions in this: who needs them
  /// adds them to the streams.
  package func attend(
    to memory: Tensor, heads: Int, lengths: [Int]? = nil, causal: Bool = false, _ tape: Tape?
  ) -> Tensor {
    let layout = MemoryAttention(
      queries: shape, memory: memory.shape, heads: heads, lengths: lengths, causal: causal)
    let (queries, width, row) = (self, layout.width, 2 * layout.width)
    let y = Tensor(uninitialized: shape, needsGradient: tape.tracks(queries, memory))
    if lengths != nil { y.fill(0) }
    // lse (batch, heads, rows)
    let lse = Tensor(uninitialized: [layout.batch, heads, layout.rows])
    Parallel.forEach(layout.batch * heads) { index in
      let (own, other) = (layout.offset(index), layout.memoryOffset(index))
      let keys = layout.keys(of: index)
      guard keys > 0 else { return }
      // scores (block, keys)
      let scores = Tensor(uninitialized: [layout.block, keys])
      for block in layout.blocks {
        let (n, at) = (block.count, own + block.lowerBound * width)
        layout.probabilities(scores, block, keys, queries, memory, index)
        let (low, high) = layout.seen(block, keys)
        unsafe ck_softmax(
          scores.data, lse.data + index * layout.rows + block.lowerBound, n, keys, low, high)
        // y (n, size) = scores (n, keys) * values (keys, size)
        unsafe BLAS.product(
          false, false, n, layout.size, keys, scores.data, keys, memory.data + other + width, row,
          y.data + at, width)
      }
    }
    tape?.record("attend", y) { dy in
      let (dq, dm) = layout.backward(queries, memory, y: y, dy: dy, lse: lse)
      queries.accumulate(dq)
      memory.accumulate(dm)
    }
    return y
  }
}

/// The sizes of an attention to a memory, and its blocks of queries.
private struct MemoryAttention {
  let batch: Int
  let rows: Int
  let kept: Int
  let heads: Int
  let size: Int
  let lengths: [Int]?
  let causal: Bool

  init(queries: [Int], memory: [Int], heads: Int, lengths: [Int]?, causal: Bool) {
    precondition(queries.count == 3 && memory.count == 3 && queries[0] == memory[0])
    (batch, rows, kept) = (queries[0], queries[1], memory[1])
    (self.heads, size, self.causal) = (heads, queries[2] / heads, causal)
    precondition(queries[2] == heads * size && memory[2] == 2 * queries[2])
    self.lengths = lengths
    precondition(!causal || (lengths == nil && kept >= rows), "the past holds all that asks")
    precondition(lengths?.count ?? batch == batch)
    let most = lengths?.max() ?? 0
    precondition(most <= kept && lengths?.min() ?? 0 >= 0, "more rows count than there are")
  }

  var width: Int { heads * size }
  /// Scores of unit variance at the start (Vaswani et al. 2017).
  var factor: Float { 1 / Float(size).squareRoot() }
  /// Rows of scores made at a time: 128 by 1,000 keys fill half of the second-level cache.
  var block: Int { min(rows, 128) }
  var blocks: [Range<Int>] {
    (0..<Parallel.pieces(rows, of: block)).map { Parallel.piece($0, of: block, in: rows) }
  }

  /// Where the queries, and where the keys, of one head of one item begin.
  func offset(_ index: Int) -> Int { index / heads * rows * width + index % heads * size }
  func memoryOffset(_ index: Int) -> Int {
    index / heads * kept * 2 * width + index % heads * size
  }

  func keys(of index: Int) -> Int { lengths?[index / heads] ?? kept }

  /// Row r of a block sees the keys from r + low up to r + high.
  func seen(_ block: Range<Int>, _ keys: Int) -> (low: Int, high: Int) {
    (-block.count, causal ? block.lowerBound + kept - rows + 1 : keys)
  }

  /// scores (n, keys) = factor * queries (n, size) * keys^T (size, keys), before the softmax.
  func probabilities(
    _ scores: Tensor, _ block: Range<Int>, _ keys: Int, _ queries: Tensor, _ memory: Tensor,
    _ index: Int
  ) {
    unsafe BLAS.product(
      false, true, block.count, keys, size, alpha: factor,
      queries.data + offset(index) + block.lowerBound * width, width,
      memory.data + memoryOffset(index), 2 * width, scores.data, keys)
  }

  /// The gradients of queries and memory, from probabilities that are made again.
  func backward(_ queries: Tensor, _ memory: Tensor, y: Tensor, dy: Tensor, lse: Tensor) -> (
    Tensor, Tensor
  ) {
    let (dq, dm, row) = (Tensor(queries.shape), Tensor(memory.shape), 2 * width)
    Parallel.forEach(batch * heads) { index in
      let other = memoryOffset(index)
      let keys = keys(of: index)
      guard keys > 0 else { return }
      // p, dp (block, keys); delta (block)
      let p = Tensor(uninitialized: [block, keys])
      let dp = Tensor(uninitialized: [block, keys])
      let delta = Tensor(uninitialized: [block])
      for block in blocks {
        let (n, at) = (block.count, offset(index) + block.lowerBound * width)
        let g = unsafe dy.data + at
        probabilities(p, block, keys, queries, memory, index)
        let (low, high) = seen(block, keys)
        unsafe ck_softmax_again(
          p.data, lse.data + index * rows + block.lowerBound, n, keys, low, high)
        // dvalues (keys, size) += p^T (keys, n) * dy (n, size)
        unsafe BLAS.product(
          true, false, keys, size, n, p.data, keys, g, width, beta: 1, dm.data + other + width,
          row)
        // dp (n, keys) = dy (n, size) * values^T (size, keys)
        unsafe BLAS.product(
          false, true, n, keys, size, g, width, memory.data + other + width, row, dp.data, keys)
        // delta (n) = sum(p * dp) by row, which is the dot of output and gradient
        unsafe ck_row_dots(delta.data, y.data + at, g, n, size, width)
        unsafe ck_softmax_backward(dp.data, p.data, delta.data, factor, n, keys)
        // dq (n, size) = ds (n, keys) * keys (keys, size)
        unsafe BLAS.product(
          false, false, n, size, keys, dp.data, keys, memory.data + other, row, dq.data + at,
          width)
        // dkeys (keys, size) += ds^T (keys, n) * queries (n, size)
        unsafe BLAS.product(
          true, false, keys, size, n, dp.data, keys, queries.data + at, width, beta: 1,
          dm.data + other, row)
      }
    }
    return (dq, dm)
  }
}
