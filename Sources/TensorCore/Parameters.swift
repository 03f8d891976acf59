internal import CKernels
internal import Glibc

/// One trainable tensor of a model.
package struct Parameter {
  package let name: String
  package let tensor: Tensor
  /// Weight decay pulls at matrices and kernels, not at biases, scales and shifts.
  package let decays: Bool
}

/// A model's trainable tensors in the order in which they were made, by name.
package final class Parameters {
  package private(set) var all: [Parameter] = []
  private var index: [String: Int] = [:]

  package init() {}

  /// Registers a tensor under a name of its own and returns it.
  @discardableResult
  package func add(_ name: String, _ tensor: Tensor, decays: Bool) -> Tensor {
    precondition(index[name] == nil, "two parameters are named \(name)")
    precondition(tensor.needsGradient, "\(name) was made without a gradient")
    index[name] = all.count
    all.append(Parameter(name: name, tensor: tensor, decays: decays))
    return tensor
  }

  package subscript(name: String) -> Tensor? { index[name].map { all[$0].tensor } }

  /// How many numbers are learned.
  package var count: Int { all.reduce(0) { $0 + $1.tensor.count } }

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

  /// A matrix of normal values of variance 2 / (in + out) (Glorot & Bengio 2010).
  package func matrix(_ name: String, out: Int, in width: Int, _ random: inout Random) -> Tensor {
    let deviation = (2 / Double(out + width)).squareRoot()
    return normal(name, [out, width], deviation: deviation, &random)
  }

  package func normal(
    _ name: String, _ shape: [Int], deviation: Double, _ random: inout Random
  ) -> Tensor {
    let values = (0..<shape.reduce(1, *)).map { _ in Float(random.normal() * deviation) }
    return add(name, Tensor(values, shape, needsGradient: true), decays: true)
  }

  /// A bias, scale or shift.
  package func constant(_ name: String, _ count: Int, _ value: Float = 0) -> Tensor {
    add(name, Tensor([count], needsGradient: true, repeating: value), decays: false)
  }
}
