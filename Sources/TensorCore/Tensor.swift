internal import CKernels

/// A Float32 array of any rank, row-major, contiguous and 64-byte aligned. The values are written
/// by the operation that makes the tensor and read only from then on; parameters alone change, in
/// the optimiser's hands. Neither tensors nor tapes cross threads.
@safe package final class Tensor {
  package let shape: [Int]
  package let count: Int
  /// Whether the backward pass owes this tensor a gradient: parameters, and what depends on them.
  package let needsGradient: Bool
  /// Filled by ``Tape/backward(from:)``, in the same order of values. Several backward passes add
  /// up until ``Parameters/clearGradients()``.
  package private(set) var gradient: Tensor?

  /// Of a matrix of weights in inference: what products read instead of the values.
  package internal(set) var packed: PackedMatrix?
  /// Of a matrix of weights: who wants to know what it is multiplied by in inference.
  var seen: InputRange?

  /// Of a matrix that is known in 8 bits alone: its weights. It has no values, and only inference
  /// that is packed can use it.
  package let quantized: QuantizedMatrix?

  private var storage: Storage
  var data: UnsafeMutablePointer<Float> {
    precondition(quantized == nil, "a quantised matrix has no Float32 values")
    return unsafe storage.data
  }

  /// Memory as it comes: the caller writes every value.
  init(uninitialized shape: [Int], needsGradient: Bool = false) {
    self.shape = shape
    self.needsGradient = needsGradient
    quantized = nil
    count = shape.reduce(1, *)
    storage = Storage(count: count)
  }

  package init(quantized matrix: QuantizedMatrix) {
    shape = [matrix.outputs, matrix.inputs]
    needsGradient = false
    quantized = matrix
    count = matrix.outputs * matrix.inputs
    storage = Storage(count: 0)
  }

  package convenience init(_ shape: [Int], needsGradient: Bool = false, repeating value: Float = 0)
  {
    self.init(uninitialized: shape, needsGradient: needsGradient)
    fill(value)
  }

  package convenience init(_ values: [Float], _ shape: [Int], needsGradient: Bool = false) {
    self.init(uninitialized: shape, needsGradient: needsGradient)
    precondition(values.count == count, "\(values.count) values do not fill the shape \(shape)")
    write(values)
  }

  /// The same memory under another shape.
  init(view other: Tensor, shape: [Int], needsGradient: Bool = false) {
    self.shape = shape
    self.needsGradient = needsGradient
    count = shape.reduce(1, *)
    precondition(count == other.count, "\(other.shape) does not reshape to \(shape)")
    quantized = other.quantized
    storage = other.storage
  }

  /// A copy of the values, row-major.
  package var values: [Float] {
    unsafe Array(UnsafeBufferPointer(start: data, count: count))
  }

  /// The only value of a tensor that has one, such as a loss.
  package var item: Float {
    precondition(count == 1)
    return self[0]
  }

  package subscript(index: Int) -> Float {
    precondition(index >= 0 && index < count)
    return unsafe data[index]
  }

  /// Replaces the values from `offset` on: of a parameter, or of an input that is being filled.
  package func write(_ values: [Float], at offset: Int = 0) {
    precondition(offset >= 0 && offset + values.count <= count)
    unsafe values.withUnsafeBufferPointer {
      if let source = $0.baseAddress {
        unsafe (data + offset).update(from: source, count: values.count)
      }
    }
  }

  /// Float32 values as they stand in a file: little-endian, as is every machine this runs on.
  ///
  /// - Parameter owner: keeps the bytes for as long as it lives, so that they need not be copied.
  package init(_ bytes: UnsafeRawBufferPointer, _ shape: [Int], owner: AnyObject? = nil) {
    self.shape = shape
    needsGradient = false
    quantized = nil
    count = shape.reduce(1, *)
    precondition(bytes.count == count * MemoryLayout<Float>.size)
    let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
    let isAligned = Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0
    if isAligned, let owner, let start = unsafe start {
      storage = unsafe Storage(start.assumingMemoryBound(to: Float.self), owner: owner)
    } else {
      storage = Storage(count: count)
      unsafe UnsafeMutableRawBufferPointer(start: storage.data, count: bytes.count)
        .copyMemory(from: bytes)
    }
  }

  /// Appends the values as ``init(_:_:owner:)`` reads them.
  package func appendBytes(to bytes: inout [UInt8]) {
    unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: data, count: count * 4))
  }

  package func copy(from other: Tensor) {
    precondition(other.count == count)
    unsafe data.update(from: other.data, count: count)
  }

  package func fill(_ value: Float) { unsafe data.update(repeating: value, count: count) }

  /// True where every value is a number: neither NaN nor infinite.
  package var isFinite: Bool { Kernels.allFinite(self) }

  /// Room for so many bytes of other values, uninitialised.
  convenience init(bytes: Int) { self.init(uninitialized: [(bytes + 3) / 4]) }

  var raw: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(data) }

  /// The last dimension, and the product of all others: what a row operation sees.
  var columns: Int { shape.last ?? 1 }
  var rows: Int { columns == 0 ? 0 : count / columns }

  /// Adds to the gradient. The first one is kept as it is, even when it is another tensor's too:
  /// only memory that nobody else refers to is written.
  func accumulate(_ addition: Tensor) {
    guard needsGradient else { return }
    precondition(addition.count == count)
    guard let present = gradient else {
      gradient = addition
      return
    }
    let sum: Tensor
    if ownsGradient() { sum = present } else { sum = Tensor(uninitialized: shape) }
    Kernels.add(sum, present, addition)
    gradient = sum
  }

  private func ownsGradient() -> Bool {
    isKnownUniquelyReferenced(&gradient) && isKnownUniquelyReferenced(&gradient!.storage)
  }

  /// The gradient, handed over to the pullback that uses it up.
  func takeGradient() -> Tensor? {
    defer { gradient = nil }
    return gradient
  }

  /// Memory of a tensor and of its views.
  @safe private final class Storage {
    let data: UnsafeMutablePointer<Float>
    private let bytes: Int
    /// Whose memory it is, if not ours.
    private let owner: AnyObject?

    init(count: Int) {
      owner = nil
      bytes = max(count, 1) * MemoryLayout<Float>.stride
      guard let block = unsafe ck_allocate(bytes) else {
        fatalError("out of memory: \(bytes) bytes were refused")
      }
      unsafe data = block.assumingMemoryBound(to: Float.self)
    }

    init(_ data: UnsafeMutablePointer<Float>, owner: AnyObject) {
      bytes = 0
      self.owner = owner
      unsafe self.data = data
    }

    deinit { if owner == nil { unsafe ck_free(data, bytes) } }
  }
}
