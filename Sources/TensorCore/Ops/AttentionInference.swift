internal import CKernels

extension Tensor {
  /// ``attention(heads:reach:positions:lengths:precision:_:)`` where nothing is kept for a backward
  /// pass: a head's keys and values are packed as weights are, and the scores never leave the core.
  func attended(_ layout: AttentionLayout, _ precision: Precision) -> Tensor {
    let (qkv, width, row) = (self, layout.width, layout.rowStride)
    let y = Tensor(uninitialized: [layout.batch, layout.time, width])
    if layout.lengths != nil { y.fill(0) }
    // Probabilities of a softmax need more than 8 bits, the smallest of them most.
    let isHalf = precision != .float32 && ProductPath.best(for: .bfloat16) != .portable
    let kept: Precision = isHalf ? .bfloat16 : .float32
    let path = ProductPath.best(for: kept)
    // table (time, size)
    let table = layout.rotaryTable()
    let bytes = ck_attention_scratch(kept.kind, layout.time, layout.size)
    Parallel.forEach(layout.batch * layout.heads) { index in
      let at = layout.offset(index)
      let scratch = Tensor(bytes: bytes)
      var head = unsafe ck_attention(
        queries: qkv.data + at, keys: qkv.data + at + width, values: qkv.data + at + 2 * width,
        stride: row, time: layout.lengths?[index / layout.heads] ?? layout.time, size: layout.size,
        table: table.data, factor: layout.factor, reach: layout.reach ?? -1,
        y: y.data + layout.outputOffset(index), y_stride: width, scratch: scratch.raw)
      withExtendedLifetime((table, scratch)) {
        unsafe ck_attend(&head, kept.kind, path.rawValue)
      }
    }
    return y
  }
}

extension AttentionLayout {
  /// The products of inference turn rows of a head in memory of this size.
  static let largestInferredHead = Int(CK_MOST_HEAD)
}
