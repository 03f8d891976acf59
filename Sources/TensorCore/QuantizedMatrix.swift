internal import CKernels

/// A matrix (outputs, inputs) of 8-bit weights, each output with a scale of its own:
/// weight = scales[output] * value, -127...127.
@safe package final class QuantizedMatrix {
  package let outputs: Int
  package let inputs: Int
  /// (outputs)
  package let scales: Tensor
  /// Where what is multiplied is known to lie (``Parameters/calibrate(_:)``).
  package internal(set) var inputRange: ClosedRange<Float>?

  let values: UnsafePointer<Int8>
  /// Keeps the values' memory.
  private let owner: AnyObject

  /// The nearest values.
  package init(rounding weights: Tensor) {
    (outputs, inputs) = (weights.rows, weights.columns)
    let (outputs, inputs) = (outputs, inputs)
    let memory = Tensor(bytes: outputs * inputs)
    let values = unsafe memory.raw.assumingMemoryBound(to: Int8.self)
    let scales = Tensor(uninitialized: [outputs])
    Parallel.forEachPiece(of: outputs, size: 64) {
      let at = $0.lowerBound * inputs
      unsafe ck_quantize_weights(
        values + at, scales.data + $0.lowerBound, weights.data + at, $0.count, inputs)
    }
    self.scales = scales
    unsafe self.values = UnsafePointer(values)
    owner = memory
  }

  /// Values as they stand in a file, in memory that `owner` keeps.
  package init(
    _ values: UnsafeRawPointer, outputs: Int, inputs: Int, scales: Tensor, owner: AnyObject
  ) {
    precondition(scales.count == outputs)
    (self.outputs, self.inputs, self.scales, self.owner) = (outputs, inputs, scales, owner)
    unsafe self.values = values.assumingMemoryBound(to: Int8.self)
  }

  /// The weights (outputs, inputs) that the values stand for.
  package func dequantized() -> Tensor {
    let (outputs, inputs) = (outputs, inputs)
    let y = Tensor(uninitialized: [outputs, inputs])
    unsafe ck_dequantize_weights(y.data, values, scales.data, outputs, inputs)
    return y
  }

  /// Appends the values as they stand in a file.
  package func appendBytes(to bytes: inout [UInt8]) {
    unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: values, count: outputs * inputs))
  }
}
