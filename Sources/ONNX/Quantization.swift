internal import TensorCore

/// Products of 8-bit values in the notation that engines know to fuse: values are quantised and at
/// once dequantised (QDQ).
extension GraphBuilder {
  /// x rounded to the 256 steps of a range around 0, beyond which it is cut off.
  func rounded(_ x: Value, within range: ClosedRange<Float>) -> Value {
    let (low, high) = (min(0, range.lowerBound), max(0, range.upperBound))
    let scale = max((high - low) / 255, .leastNormalMagnitude)
    let zero = UInt8(min(255, max(0, (-low / scale).rounded())))
    let (step, middle) = (constant(scale), constant(zero))
    return add("DequantizeLinear", add("QuantizeLinear", x, step, middle), step, middle)
  }

  /// The weights of a product, whose first dimension as we have them is the outputs, read as `shape`
  /// and put in `order`: as 8-bit values with a scale for each output where the model is quantised.
  func matrix(_ name: String, as shape: [Int]? = nil, order: [Int]? = nil) -> Value {
    guard inputRanges[name] != nil else { return weight(name, as: shape, order: order) }
    let tensor = tensor(name)
    let rounded = QuantizedMatrix(rounding: tensor)
    var bytes: [UInt8] = []
    rounded.appendBytes(to: &bytes)
    let shape = shape ?? tensor.shape
    let order = order ?? Array(shape.indices)
    let values = constant(
      name, permuted(bytes.map { Int8(bitPattern: $0) }, shape, order), order.map { shape[$0] })
    let scales = constant(name + ".scales", rounded.scales.values, [rounded.outputs])
    return add(
      "DequantizeLinear", values, scales, attributes: ["axis": .int(order.firstIndex(of: 0) ?? 0)])
  }

  /// What a product of these weights reads.
  func input(_ x: Value, of name: String) -> Value {
    inputRanges[name].map { rounded(x, within: $0) } ?? x
  }
}
