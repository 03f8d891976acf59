internal import TensorCore

/// One tensor's line in the header of a ``SafeTensors`` file.
struct TensorEntry: Codable {
  let dtype: String
  let shape: [Int]
  /// First byte and the one after the last, counted from the header's end.
  let offsets: [Int]

  private enum CodingKeys: String, CodingKey {
    case dtype, shape
    case offsets = "data_offsets"
  }

  /// What follows the name of a quantised matrix in the names of its scales and of its inputs' range.
  static let scales = ".scales"
  static let inputs = ".inputs"
}

/// What is written of a tensor: itself, or its 8-bit weights and what belongs to them.
struct TensorPart {
  let name: String
  let dtype: String
  let shape: [Int]
  let bytes: Int
  let append: (inout [UInt8]) -> Void

  static func parts(of tensor: Tensor, named name: String) -> [TensorPart] {
    guard let matrix = tensor.quantized else { return [TensorPart(name, tensor)] }
    let weights = TensorPart(
      name: name, dtype: "I8", shape: tensor.shape, bytes: tensor.count,
      append: { matrix.appendBytes(to: &$0) })
    let range = matrix.inputRange.map {
      TensorPart(name + TensorEntry.inputs, Tensor([$0.lowerBound, $0.upperBound], [2]))
    }
    return [TensorPart(name + TensorEntry.scales, matrix.scales), weights]
      + (range.map { [$0] } ?? [])
  }

  private init(_ name: String, _ tensor: Tensor) {
    self.init(
      name: name, dtype: "F32", shape: tensor.shape, bytes: 4 * tensor.count,
      append: { tensor.appendBytes(to: &$0) })
  }

  private init(
    name: String, dtype: String, shape: [Int], bytes: Int,
    append: @escaping (inout [UInt8]) -> Void
  ) {
    (self.name, self.dtype, self.shape, self.bytes) = (name, dtype, shape, bytes)
    self.append = append
  }
}

/// Tensors out of the bytes of a file, or why they cannot be had.
struct TensorReader {
  let mapping: FileMapping
  /// Where the values begin.
  let start: Int
  let path: String
  let isMapped: Bool
  let entries: [String: TensorEntry]

  /// Smaller tensors are copied: all that is left to read in a mapped file then are matrices.
  private static let smallestMapped = 16_384

  /// Whether this is a part of a quantised matrix.
  func belongsToAnother(_ name: String) -> Bool {
    [TensorEntry.scales, TensorEntry.inputs].contains {
      name.hasSuffix($0) && entries[String(name.dropLast($0.count))]?.dtype == "I8"
    }
  }

  func tensor(_ name: String) throws(ModelError) -> Tensor {
    guard let entry = entries[name], ["F32", "I8"].contains(entry.dtype) else {
      throw broken("holds \(name) as \(entries[name]?.dtype ?? "nothing") instead of F32 or I8")
    }
    if entry.dtype == "I8" { return try quantized(name, entry) }
    let bytes = try unsafe place(name, entry, size: MemoryLayout<Float>.size)
    let tensor = unsafe Tensor(
      bytes, entry.shape,
      owner: isMapped && bytes.count >= 4 * Self.smallestMapped ? mapping : nil)
    guard tensor.isFinite else {
      throw broken("holds values in \(name) that are not numbers")
    }
    return tensor
  }

  private func quantized(_ name: String, _ entry: TensorEntry) throws(ModelError) -> Tensor {
    let bytes = try unsafe place(name, entry, size: 1)
    guard entry.shape.count == 2, entries[name + TensorEntry.scales]?.dtype == "F32" else {
      throw broken("holds \(name) as int8 without the scales of its rows")
    }
    let scales = try tensor(name + TensorEntry.scales)
    guard scales.shape == [entry.shape[0]] else {
      throw broken("holds \(scales.count) scales for the \(entry.shape[0]) rows of \(name)")
    }
    var range: ClosedRange<Float>?
    if entries[name + TensorEntry.inputs]?.dtype == "F32" {
      let ends = try tensor(name + TensorEntry.inputs)
      guard ends.shape == [2], ends[0] <= 0, ends[1] >= 0 else {
        throw broken("gives \(name) an impossible range of inputs")
      }
      range = ends[0]...ends[1]
    }
    return unsafe Tensor(
      quantized: QuantizedMatrix(
        bytes, outputs: entry.shape[0], inputs: entry.shape[1], scales: scales, inputRange: range,
        owner: isMapped ? mapping : nil))
  }

  /// Where the values of a tensor lie.
  private func place(
    _ name: String, _ entry: TensorEntry, size: Int
  ) throws(ModelError) -> UnsafeRawBufferPointer {
    var count = 1
    for dimension in entry.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else {
        throw broken("gives \(name) an impossible shape \(entry.shape)")
      }
      count = product
    }
    let offsets = entry.offsets
    guard offsets.count == 2, offsets[0] >= 0, offsets[1] >= offsets[0],
      (offsets[1] - offsets[0]) / size == count, (offsets[1] - offsets[0]) % size == 0
    else {
      throw broken("places \(name) at bytes that do not fit its shape")
    }
    guard unsafe offsets[1] <= mapping.bytes.count - start else {
      throw broken("is cut short: \(name) lies beyond its end")
    }
    return unsafe UnsafeRawBufferPointer(
      rebasing: mapping.bytes[(start + offsets[0])..<(start + offsets[1])])
  }

  private func broken(_ cause: String) -> ModelError { ModelError(path: path, cause: cause) }
}
