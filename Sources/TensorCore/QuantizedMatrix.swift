internal import CKernels

/// A matrix (outputs, inputs) of 8-bit weights, each output with a scale of its own:
/// weight = scales[output] * value, -127...127.
@safe package final class QuantizedMatrix {
  package let outputs: Int
  package let inputs: Int
  /// (outputs)
  package let scales: Tensor
  /// What it is multiplied by is known to lie there; beyond it is cut off.
  package let inputRange: ClosedRange<Float>?

  let values: UnsafePointer<Int8>
  /// Keeps the values' memory.
  private let owner: AnyObject

  /// The nearest values.
  package init(rounding weights: Tensor, inputRange: ClosedRange<Float>? = nil) {
    self.inputRange = inputRange
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

  /// Values as they stand in a file.
  ///
  /// - Parameter owner: keeps the bytes for as long as it lives, so that they need not be copied.
  package init(
    _ bytes: UnsafeRawBufferPointer, outputs: Int, inputs: Int, scales: Tensor,
    inputRange: ClosedRange<Float>?, owner: AnyObject?
  ) {
    precondition(scales.count == outputs && bytes.count == outputs * inputs)
    (self.outputs, self.inputs) = (outputs, inputs)
    (self.scales, self.inputRange) = (scales, inputRange)
    if let owner, let start = bytes.baseAddress {
      unsafe values = start.assumingMemoryBound(to: Int8.self)
      self.owner = owner
    } else {
      let memory = Tensor(bytes: outputs * inputs)
      unsafe UnsafeMutableRawBufferPointer(start: memory.raw, count: bytes.count)
        .copyMemory(from: bytes)
      unsafe values = UnsafePointer(memory.raw.assumingMemoryBound(to: Int8.self))
      self.owner = memory
    }
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
