/// What a forward pass leaves behind for its backward pass. Models take a `Tape?`: with `nil` the
/// same code is inference, keeps nothing and drops nothing out.
///
/// Every operation records its output and a pullback that is handed the output's gradient. A
/// pullback captures the tensors it needs and never the tape (that would be a retain cycle); as it
/// runs, it and what it holds are released, so memory falls as the backward pass proceeds.
package final class Tape {
  private struct Entry {
    let operation: String
    let output: Tensor
    let pullback: (Tensor) -> Void
  }

  private var entries: [Entry] = []
  /// Where dropout takes its seeds from.
  package var random: Random
  /// Whether blocks of a network are computed again in the backward pass instead of kept: less
  /// memory for about a third more time (``Tensor/recomputed(_:_:)``).
  package let recomputes: Bool

  package init(random: Random = Random(seed: 0), recomputes: Bool = false) {
    self.random = random
    self.recomputes = recomputes
  }

  /// - Parameter detail: what to call it instead, where that is a better hint at a fault inside.
  func record(
    _ operation: String, detail: String? = nil, _ output: Tensor,
    pullback: @escaping (Tensor) -> Void
  ) {
    guard output.needsGradient else { return }
    entries.append(Entry(operation: detail ?? operation, output: output, pullback: pullback))
  }

  /// Leaves d `loss` / d parameter in every parameter's ``Tensor/gradient``, times `scale`, and
  /// empties the tape.
  package func backward(from loss: Tensor, scale: Float = 1) {
    precondition(loss.count == 1, "a backward pass starts from one value")
    backward(from: loss, gradient: Tensor(loss.shape, repeating: scale))
  }

  /// The same from any tensor, given its gradient.
  func backward(from output: Tensor, gradient: Tensor) {
    output.accumulate(gradient)
    while let entry = entries.popLast() {
      // No gradient: nothing that the loss depends on came from this output.
      if let gradient = entry.output.takeGradient() { entry.pullback(gradient) }
    }
  }

  /// The name of the first operation whose result is not finite: where a NaN came from.
  package func firstNonFiniteOperation() -> String? {
    entries.first { !$0.output.isFinite }?.operation
  }
}

extension Tape? {
  /// Whether the result of an operation on these tensors needs a gradient.
  func tracks(_ inputs: Tensor...) -> Bool {
    self != nil && inputs.contains { $0.needsGradient }
  }
}
