internal import CKernels

/// One trainable tensor of a model.
package struct Parameter {
  package let name: String
  package let tensor: Tensor
  /// Weight decay pulls at matrices and kernels, not at biases, scales and shifts.
  package let decays: Bool
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
    add(name, shape, decays: true) { random in
      (0..<shape.reduce(1, *)).map { _ in Float(random.normal() * deviation) }
    }
  }

  /// A matrix of variance 2 / (in + out) (Glorot & Bengio 2010), times `gain` in deviation.
  package func matrix(_ name: String, out: Int, in width: Int, gain: Double = 1) -> Tensor {
    normal(name, [out, width], deviation: gain * (2 / Double(out + width)).squareRoot())
  }

  /// A bias, scale or shift: not pulled towards zero.
  package func constant(_ name: String, _ count: Int, _ value: Float = 0) -> Tensor {
    add(name, [count], decays: false) { _ in [Float](repeating: value, count: count) }
  }

  private func add(
    _ name: String, _ shape: [Int], decays: Bool, initial: (inout Random) -> [Float]
  ) -> Tensor {
    precondition(index[name] == nil, "two parameters are named \(name)")
    let tensor: Tensor
    if let given {
      tensor = taken(given(name), name, shape)
    } else {
      tensor = Tensor(initial(&random), shape, needsGradient: true)
    }
    index[name] = all.count
    all.append(Parameter(name: name, tensor: tensor, decays: decays))
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
