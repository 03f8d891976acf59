internal import CKernels

/// Weights (outputs, segments * length) rounded, and laid out as the products read them: made once,
/// when a model is loaded. Inference multiplies by them; training never does.
package final class PackedMatrix {
  package let precision: Precision
  package let path: ProductPath
  let outputs: Int
  /// Stretches of `length` inputs, each filled up to whole groups.
  let segments: Int
  let length: Int
  /// Of int8 weights, what inputs are quantised to; by their own range where absent.
  let inputRange: ClosedRange<Float>?

  private let weights: Tensor
  /// Of int8 weights: scales (outputs) and sums (segments, outputs), filled up to whole panels.
  private let scales: Tensor?
  private let sums: Tensor?

  /// - Parameter path: other instructions than the fastest, for tests and measurements.
  package convenience init(
    _ weights: Tensor, precision: Precision, path: ProductPath? = nil, segments: Int = 1
  ) {
    switch precision {
    case .float32:
      unsafe self.init(
        of: weights.raw, weights.rows, weights.columns, precision, path, segments, nil, nil, nil)
    case .bfloat16:
      let (rows, columns) = (weights.rows, weights.columns)
      let halves = Tensor(bytes: 2 * rows * columns)
      unsafe ck_to_bfloat16(
        halves.raw.assumingMemoryBound(to: UInt16.self), weights.data, rows, columns, columns)
      unsafe self.init(of: halves.raw, rows, columns, precision, path, segments, nil, nil, nil)
    case .int8:
      self.init(QuantizedMatrix(rounding: weights), path: path, segments: segments)
    }
  }

  package convenience init(
    _ matrix: QuantizedMatrix, path: ProductPath? = nil, segments: Int = 1
  ) {
    let padded = Parallel.pieces(matrix.outputs, of: Self.panel) * Self.panel
    let scales = Tensor([padded])
    // sums (segments, padded), found by output
    let sums = Tensor([segments * padded])
    let found = Tensor([matrix.outputs * segments])
    unsafe scales.data.update(from: matrix.scales.data, count: matrix.outputs)
    unsafe ck_row_sums(
      found.raw.assumingMemoryBound(to: Int32.self), matrix.values, matrix.outputs * segments,
      matrix.inputs / segments)
    for output in 0..<matrix.outputs {
      for segment in 0..<segments {
        unsafe sums.data[segment * padded + output] = found.data[output * segments + segment]
      }
    }
    unsafe self.init(
      of: matrix.values, matrix.outputs, matrix.inputs, .int8, path, segments, scales, sums,
      matrix.inputRange)
  }

  private init(
    of source: UnsafeRawPointer, _ outputs: Int, _ inputs: Int, _ precision: Precision,
    _ path: ProductPath?, _ segments: Int, _ scales: Tensor?, _ sums: Tensor?,
    _ inputRange: ClosedRange<Float>?
  ) {
    precondition(inputs % segments == 0 && (precision != .int8 || inputs <= Self.mostInputs))
    self.precision = precision
    self.path = path ?? .best(for: precision)
    precondition(self.path.serves(precision))
    (self.outputs, self.segments, length) = (outputs, segments, inputs / segments)
    (self.scales, self.sums, self.inputRange) = (scales, sums, inputRange)
    let (kind, length) = (precision.kind, length)
    let packed = Tensor(bytes: ck_packed_bytes(kind, outputs, segments, length))
    Parallel.forEach(Parallel.pieces(outputs, of: Self.panel)) { index in
      unsafe ck_pack_panel(
        packed.raw.assumingMemoryBound(to: CChar.self), source, kind, outputs, segments, length,
        index * Self.panel)
    }
    weights = packed
  }

  private static let panel = Int(CK_PANEL)

  /// So many products of 255 by 127 fit into the sums of 32 bits.
  static let mostInputs = 65_536

  /// Bytes of a row of `count` inputs.
  func rowBytes(_ count: Int) -> Int { ck_groups(precision.kind, count) * 4 }

  /// Inputs (rows, columns) rounded to the weights' precision: the values, and their scales and
  /// zeros where they are int8. Rows are filled up to whole groups.
  @safe struct Inputs {
    let values: UnsafeRawPointer
    let scales: UnsafePointer<Float>?
    let zeros: UnsafePointer<Int32>?
    /// Bytes from one row to the next.
    let stride: Int
    /// Keeps the memory.
    let memory: Tensor?
  }

  func inputs(_ x: UnsafePointer<Float>, rows: Int, columns: Int) -> Inputs {
    let stride = rowBytes(columns)
    switch precision {
    case .float32:
      return unsafe Inputs(
        values: UnsafeRawPointer(x), scales: nil, zeros: nil, stride: stride, memory: nil)
    case .bfloat16:
      let memory = Tensor(bytes: rows * stride)
      unsafe ck_bfloat16_rows(
        memory.raw.assumingMemoryBound(to: UInt16.self), x, rows, columns, stride / 2)
      return unsafe Inputs(
        values: memory.raw, scales: nil, zeros: nil, stride: stride, memory: memory)
    case .int8:
      // Scales and zeros first, then the rows.
      let memory = Tensor(bytes: rows * (stride + 8))
      let scales = unsafe memory.data
      let zeros = unsafe (memory.raw + 4 * rows).assumingMemoryBound(to: Int32.self)
      let values = unsafe (memory.raw + 8 * rows).assumingMemoryBound(to: UInt8.self)
      if let inputRange {
        unsafe ck_quantize_rows_within(
          values, scales, zeros, x, rows, columns, stride, inputRange.lowerBound,
          inputRange.upperBound)
      } else {
        unsafe ck_quantize_rows(values, scales, zeros, x, rows, columns, stride)
      }
      return unsafe Inputs(
        values: values, scales: scales, zeros: zeros, stride: stride, memory: memory)
    }
  }

  /// y (lines * rows, outputs) = activation(inputs * weights^T + bias) + added, on one
  /// thread. The rows of y and of what is added lie `yStride` values apart, the lines of inputs
  /// `lineStride` bytes.
  func multiply(
    _ inputs: Inputs, lines: Int = 1, lineStride: Int = 0, rows: Int, segmentStride: Int = 0,
    bias: UnsafePointer<Float>, activation: Activation = .none,
    added: UnsafePointer<Float>? = nil, _ y: UnsafeMutablePointer<Float>, yStride: Int
  ) {
    let start = ProductClock.start()
    defer { ProductClock.stop(start, lines * rows, outputs, segments * length) }
    var product = unsafe ck_product(
      inputs: inputs.values, lines: lines, line_stride: lineStride, rows: rows,
      row_stride: inputs.stride, segments: segments, segment_stride: segmentStride,
      groups: ck_groups(precision.kind, length), input_scales: inputs.scales,
      input_zeros: inputs.zeros, weights: weights.raw,
      weight_scales: scales?.data,
      weight_sums: sums.map { unsafe UnsafePointer($0.raw.assumingMemoryBound(to: Int32.self)) },
      bias: bias, outputs: outputs, factor: 1,
      activation: activation.code, added: added, y: y, y_stride: yStride)
    // What a product reads lives until it is done, whatever the optimiser sees of that.
    withExtendedLifetime((self, inputs.memory)) {
      unsafe ck_multiply_packed(&product, precision.kind, path.rawValue)
    }
  }
}
