internal import CKernels

/// One trainable tensor of a model.
package struct Parameter {
  package let name: String
  package let tensor: Tensor
  /// Weight decay pulls at matrices and kernels, not at biases, scales and shifts.
  package let decays: Bool
  package let role: Role

  /// What a tensor is used for, and so how inference may round it.
  package enum Role: Sendable {
    /// The weights of a product (out, in).
    case matrix
    /// The weights of a convolution of 3 by 3 (out, 9 * in).
    case convolution
    /// All others, which stay as they are.
    case other
  }
}

/// A model's trainable tensors in the order in which they were made, by name. A model asks for its
/// parameters one by one, and gets them either at random or from a file.
package final class Parameters {
  package private(set) var all: [Parameter] = []
  private var index: [String: Int] = [:]
  private var random: Random
  private let given: ((String) -> Tensor?)?
  /// What the file lacks, where parameters come from one: the model must then not be used.
  package private(set) var fault: String?

  /// Random values; the same generator gives the same.
  package init(random: Random) {
    self.random = random
    given = nil
  }

  /// The values that `given` returns by name.
  package init(given: @escaping (String) -> Tensor?) {
    random = Random(seed: 0)
    self.given = given
  }

  package subscript(name: String) -> Tensor? { index[name].map { all[$0].tensor } }

  /// How many numbers are learned.
  package var count: Int { all.reduce(0) { $0 + $1.tensor.count } }

  /// Normally distributed weights, which decay.
  package func normal(_ name: String, _ shape: [Int], deviation: Double) -> Tensor {
    normal(name, shape, deviation: deviation, role: .other)
  }

  private func normal(
    _ name: String, _ shape: [Int], deviation: Double, role: Parameter.Role
  ) -> Tensor {
    add(name, shape, decays: true, role: role) { random in
      (0..<shape.reduce(1, *)).map { _ in Float(random.normal() * deviation) }
    }
  }

  /// A matrix of variance 2 / (in + out) (Glorot & Bengio 2010), times `gain` in deviation.
  package func matrix(_ name: String, out: Int, in width: Int, gain: Double = 1) -> Tensor {
    normal(
      name, [out, width], deviation: gain * (2 / Double(out + width)).squareRoot(), role: .matrix)
  }

  /// A convolution of 3 by 3 (out, 9 * in). Variance 2 / fan-in keeps the signal's size through
  /// rectified layers (He et al. 2015).
  package func convolution(_ name: String, out: Int, in channels: Int) -> Tensor {
    let fan = 9 * channels
    return normal(
      name, [out, fan], deviation: (2 / Double(fan)).squareRoot(), role: .convolution)
  }

  /// A bias, scale or shift: not pulled towards zero.
  package func constant(_ name: String, _ count: Int, _ value: Float = 0) -> Tensor {
    add(name, [count], decays: false, role: .other) { _ in [Float](repeating: value, count: count) }
  }

  private func add(
    _ name: String, _ shape: [Int], decays: Bool, role: Parameter.Role,
    initial: (inout Random) -> [Float]
  ) -> Tensor {
    precondition(index[name] == nil, "two parameters are named \(name)")
    let tensor: Tensor
    if let given {
      tensor = taken(given(name), name, shape)
    } else {
      tensor = Tensor(initial(&random), shape, needsGradient: true)
    }
    index[name] = all.count
    all.append(Parameter(name: name, tensor: tensor, decays: decays, role: role))
    return tensor
  }

  /// A found tensor as a parameter. Where it does not fit, an empty one stands in and memory for a
  /// shape that a damaged file may have invented is never asked for.
  private func taken(_ found: Tensor?, _ name: String, _ shape: [Int]) -> Tensor {
    guard let found, found.shape == shape else {
      let cause =
        found.map { "holds \(name) of shape \($0.shape) where \(shape) belongs" }
        ?? "lacks the weights \(name)"
      fault = fault ?? cause
      return Tensor([0], needsGradient: true)
    }
    return Tensor(view: found, shape: shape, needsGradient: true)
  }

  /// Makes the products of inference read weights rounded to `precision`; training and gradients
  /// keep the values. To be called again where the values change.
  package func pack(_ precision: Precision) {
    for parameter in all {
      let weight = parameter.tensor
      switch parameter.role {
      case .matrix where precision == .int8 && !weight.suitsInt8:
        let values = weight.quantized?.dequantized() ?? weight
        weight.packed = PackedMatrix(values, precision: Self.half(precision))
      case .matrix:
        weight.packed =
          if let matrix = weight.quantized {
            precision == .int8
              ? PackedMatrix(matrix) : PackedMatrix(matrix.dequantized(), precision: precision)
          } else {
            PackedMatrix(weight, precision: precision)
          }
      case .convolution:
        let isWide = weight.columns >= 9 * Self.leastInt8Channels
        weight.packed = PackedMatrix(
          weight, precision: isWide ? precision : Self.half(precision), segments: 3)
      case .other: break
      }
    }
  }

  /// Convolutions of fewer channels are not rounded to int8: they gain nothing, and read what people
  /// hear before anything has been made of it.
  private static let leastInt8Channels = 8

  /// What stands in for `precision` where 8 bits are too few.
  private static func half(_ precision: Precision) -> Precision {
    guard precision != .float32 else { return .float32 }
    return ProductPath.best(for: .bfloat16) == .portable ? .float32 : .bfloat16
  }

  package func clearGradients() {
    for parameter in all { _ = parameter.tensor.takeGradient() }
  }

  /// The Euclidean length of all gradients together; NaN or infinite where one of them is.
  package func gradientNorm() -> Double {
    var squares = 0.0
    for parameter in all {
      guard let gradient = parameter.tensor.gradient else { continue }
      squares += unsafe ck_sum_of_squares(gradient.data, gradient.count)
    }
    return squares.squareRoot()
  }
}

extension Tensor {
  /// Whether a matrix (outputs, inputs) is multiplied in 8 bits where those are asked for: its sums fit,
  /// and it is no head, whose few outputs gain nothing and are what people see.
  package var suitsInt8: Bool { columns <= PackedMatrix.mostInputs && shape[0] > 64 }
}
