extension Tensor {
  /// `block` of this tensor. Where the tape ``Tape/recomputes``, nothing of what it computes is
  /// kept but its input: the backward pass runs it again, with the same dropout and so to the same
  /// bits (gradient checkpointing, Chen et al. 2016).
  package func recomputed(
    _ tape: Tape?, _ block: @escaping (Tensor, Tape?) -> Tensor
  ) -> Tensor {
    guard let tape, tape.recomputes else { return block(self, tape) }
    let x = self
    let random = tape.random
    func run() -> (input: Tensor, output: Tensor, inner: Tape) {
      let inner = Tape(random: random)
      // The block's own input, which collects the gradient that its pullbacks leave.
      let input = Tensor(view: x, shape: x.shape, needsGradient: x.needsGradient)
      return (input, block(input, inner), inner)
    }
    let (_, result, first) = run()
    tape.random = first.random
    // A name for a NaN that arose inside, which the tape could no longer look for.
    let fault = result.isFinite ? nil : first.firstNonFiniteOperation()
    let y = Tensor(view: result, shape: result.shape, needsGradient: result.needsGradient)
    tape.record("recomputed", detail: fault, y) { dy in
      let (input, output, inner) = run()
      inner.backward(from: output, gradient: dy)
      if let dx = input.takeGradient() { x.accumulate(dx) }
    }
    return y
  }
}
