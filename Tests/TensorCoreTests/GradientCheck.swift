import Testing

@testable import TensorCore

/// One operation with inputs of an awkward size, for the check against central differences.
struct OperationCase: CustomTestStringConvertible, Sendable {
  /// The name that the operation records on the tape.
  let operation: String
  let detail: String
  /// Shapes of the inputs, all of which are checked.
  let shapes: [[Int]]
  /// Spread of the inputs' random values.
  var deviation = 1.0
  let run: @Sendable ([Tensor], Tape?) -> Tensor

  var testDescription: String { "\(operation) \(detail)" }

  static let all: [OperationCase] = [
    OperationCase(operation: "gelu", detail: "65", shapes: [[65]]) { $0[0].gelu($1) },
    OperationCase(operation: "silu", detail: "7 x 3", shapes: [[7, 3]]) { $0[0].silu($1) },
    OperationCase(operation: "add", detail: "5 x 7", shapes: [[5, 7], [5, 7]]) {
      $0[0].add($0[1], $1)
    },
    OperationCase(operation: "add", detail: "to itself", shapes: [[5, 7]]) {
      $0[0].add($0[0], $1)
    },
    OperationCase(operation: "scale", detail: "by -1.5", shapes: [[9]]) {
      $0[0].scale(by: -1.5, $1)
    },
    OperationCase(operation: "reshape", detail: "used twice", shapes: [[4, 6]]) {
      $0[0].reshape([3, 8], $1).add($0[0].reshape([3, 8], $1).gelu($1), $1)
    },
    OperationCase(operation: "dropout", detail: "0.4", shapes: [[6, 11]]) {
      $0[0].dropout(0.4, $1)
    },
    OperationCase(operation: "dropItems", detail: "0.4", shapes: [[7, 2, 3]]) {
      $0[0].dropItems(0.4, $1)
    },
    OperationCase(operation: "swapped", detail: "2 x 3 x 4 x 5", shapes: [[2, 3, 4, 5]]) {
      $0[0].swapped($1)
    },
    OperationCase(operation: "patches", detail: "apart", shapes: [[2, 6, 4]]) {
      $0[0].patches(PatchGrid(height: 3, width: 2, rowStep: 3, columnStep: 2), $1)
    },
    OperationCase(operation: "patches", detail: "overlapping, odd", shapes: [[2, 7, 5]]) {
      $0[0].patches(PatchGrid(height: 5, width: 4, rowStep: 2, columnStep: 3), $1)
    },
    OperationCase(operation: "patches", detail: "larger than the picture", shapes: [[1, 2, 3]]) {
      $0[0].patches(PatchGrid(height: 7, width: 9, rowStep: 1, columnStep: 1), $1)
    },
    // Far apart, so that no step of the differences changes which is the largest.
    OperationCase(
      operation: "maximumOfBins", detail: "3 of 7", shapes: [[2, 2, 7, 3]], deviation: 10
    ) { $0[0].maximumOfBins(3, $1) },
    OperationCase(
      operation: "recomputed", detail: "with dropout", shapes: [[3, 5], [7, 5], [7]]
    ) { inputs, tape in
      inputs[0].recomputed(tape) {
        $0.linear(weight: inputs[1], bias: inputs[2], $1).gelu($1).dropout(0.3, $1)
      }
    },
    OperationCase(operation: "affine", detail: "17 x 7", shapes: [[17, 7], [7], [7]]) {
      $0[0].affine(scale: $0[1], shift: $0[2], $1)
    },
    OperationCase(operation: "layerNorm", detail: "18 x 19", shapes: [[2, 9, 19], [19], [19]]) {
      $0[0].layerNorm(scale: $0[1], shift: $0[2], $1)
    },
    OperationCase(operation: "glu", detail: "17 x 10", shapes: [[17, 10]]) { $0[0].glu($1) },
    OperationCase(operation: "linear", detail: "3 x 5 -> 7", shapes: [[3, 5], [7, 5], [7]]) {
      $0[0].linear(weight: $0[1], bias: $0[2], $1)
    },
    OperationCase(
      operation: "linear", detail: "in two pieces", shapes: [[130, 2], [3, 2], [3]]
    ) { $0[0].linear(weight: $0[1], bias: $0[2], $1) },
    OperationCase(
      operation: "convolution", detail: "stride 1", shapes: [[2, 4, 5, 3], [4, 27], [4]]
    ) { $0[0].convolution(weight: $0[1], bias: $0[2], stride: 1, $1) },
    OperationCase(
      operation: "convolution", detail: "stride 2, odd", shapes: [[2, 3, 7, 2], [3, 18], [3]]
    ) { $0[0].convolution(weight: $0[1], bias: $0[2], stride: 2, $1) },
    OperationCase(
      operation: "convolution", detail: "stride 2, even", shapes: [[1, 5, 6, 1], [3, 9], [3]]
    ) { $0[0].convolution(weight: $0[1], bias: $0[2], stride: 2, $1) },
    OperationCase(
      operation: "convolution", detail: "one bin, one frame",
      shapes: [[1, 1, 1, 2], [2, 18], [2]]
    ) { $0[0].convolution(weight: $0[1], bias: $0[2], stride: 2, $1) },
    OperationCase(
      operation: "depthwiseConvolution", detail: "5 taps", shapes: [[2, 9, 3], [5, 3], [3]]
    ) { $0[0].depthwiseConvolution(weight: $0[1], bias: $0[2], $1) },
    OperationCase(
      operation: "depthwiseConvolution", detail: "taps beyond both ends",
      shapes: [[1, 2, 5], [7, 5], [5]]
    ) { $0[0].depthwiseConvolution(weight: $0[1], bias: $0[2], $1) },
    OperationCase(operation: "attention", detail: "2 heads", shapes: [[2, 7, 24]]) {
      $0[0].attention(heads: 2, $1)
    },
    OperationCase(operation: "attention", detail: "one frame", shapes: [[1, 1, 6]]) {
      $0[0].attention(heads: 1, $1)
    },
    OperationCase(operation: "attention", detail: "reach 2", shapes: [[1, 9, 12]]) {
      $0[0].attention(heads: 1, reach: 2, $1)
    },
    OperationCase(operation: "attention", detail: "grid of 3 bands", shapes: [[2, 6, 24]]) {
      $0[0].attention(heads: 2, positions: .grid(bands: 3), $1)
    },
    OperationCase(operation: "attention", detail: "with padding", shapes: [[3, 5, 12]]) {
      $0[0].attention(heads: 2, reach: 1, lengths: [5, 2, 0], $1)
    },
    OperationCase(operation: "attention", detail: "two blocks", shapes: [[1, 131, 6]]) {
      $0[0].attention(heads: 1, $1)
    },
    OperationCase(operation: "attention", detail: "two blocks, reach 3", shapes: [[1, 131, 6]]) {
      $0[0].attention(heads: 1, reach: 3, $1)
    },
    OperationCase(operation: "attend", detail: "2 heads", shapes: [[2, 3, 8], [2, 5, 16]]) {
      $0[0].attend(to: $0[1], heads: 2, $1)
    },
    OperationCase(operation: "attend", detail: "with padding", shapes: [[3, 2, 4], [3, 5, 8]]) {
      $0[0].attend(to: $0[1], heads: 2, lengths: [5, 2, 0], $1)
    },
    OperationCase(
      operation: "attend", detail: "to a past of 5", shapes: [[2, 3, 6], [2, 5, 12]]
    ) { $0[0].attend(to: $0[1], heads: 1, causal: true, $1) },
    OperationCase(
      operation: "attend", detail: "to its own past, two blocks",
      shapes: [[1, 131, 2], [1, 131, 4]]
    ) { $0[0].attend(to: $0[1], heads: 1, causal: true, $1) },
    OperationCase(operation: "embedding", detail: "a row twice, one never", shapes: [[4, 3]]) {
      $0[0].embedding([1, 0, 1, 3], $1)
    },
    OperationCase(operation: "tokenCrossEntropy", detail: "plain", shapes: [[3, 5]]) {
      $0[0].tokenCrossEntropy(targets: [4, 0, 0], normaliser: 2, $1)
    },
    OperationCase(
      operation: "tokenCrossEntropy", detail: "smoothed, with padding", shapes: [[4, 5]]
    ) {
      $0[0].tokenCrossEntropy(targets: [2, nil, 0, 4], smoothing: 0.2, normaliser: 3, $1)
    },
    OperationCase(operation: "bceWithLogits", detail: "soft", shapes: [[5, 7]]) { inputs, tape in
      let targets = Tensor((0..<35).map { Float($0 % 5) / 4 }, [5, 7])
      let weights = Tensor((0..<35).map { Float($0 % 3) }, [5, 7])
      return inputs[0].bceWithLogits(targets: targets, weights: weights, normaliser: 2, tape)
    },
    OperationCase(operation: "focalWithLogits", detail: "three exponents", shapes: [[5, 3]]) {
      inputs, tape in
      inputs[0].focalWithLogits(
        targets: Tensor((0..<15).map { Float($0 % 5) / 4 }, [5, 3]),
        weights: Tensor((0..<15).map { Float($0 % 4) }, [5, 3]),
        focus: Tensor([0, 1.5, 2], [3]), normaliser: 2, tape)
    },
    OperationCase(
      operation: "contrast", detail: "two pairs, a frame left over", shapes: [[4, 5, 3]]
    ) { $0[0].contrast(group: 2, temperature: 0.5, $1) },
    OperationCase(operation: "temporalConsistency", detail: "with gaps", shapes: [[2, 6, 3]]) {
      inputs, tape in
      inputs[0].temporalConsistency(
        targets: Tensor((0..<36).map { Float($0 % 5) / 4 }, [2, 6, 3]),
        weights: Tensor((0..<36).map { Float($0 % 7) }, [2, 6, 3]), normaliser: 2, tape)
    },
    // Far apart, so that no step of the differences changes which is the largest.
    OperationCase(
      operation: "maximumNear", detail: "2 frames, one of three columns", shapes: [[2, 7, 3]],
      deviation: 10
    ) { $0[0].maximumNear(reach: 2, columns: 1..<2, $1) },
  ]
}

@Suite("Every operation's gradient equals central differences")
struct GradientTests {
  /// Values of an output are summed with these weights into the one value that is differentiated:
  /// different for every coordinate, so that none can stand in for another.
  static func mixture(_ count: Int) -> [Float] {
    (0..<count).map { index in
      let size = Float(1 + (index * 7) % 13) / 13
      return index % 2 == 0 ? size : -size
    }
  }

  static func loss(_ operation: OperationCase, _ inputs: [Tensor]) -> Double {
    // A tape, because dropout is nothing without one; the same seed drops the same values.
    let y = operation.run(inputs, Tape(random: Random(seed: 3), recomputes: true))
    return zip(y.values, mixture(y.count)).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  @Test("per coordinate", arguments: OperationCase.all)
  func perCoordinate(_ operation: OperationCase) {
    var random = Random(seed: 11)
    let inputs = operation.shapes.map { shape in
      let values = (0..<shape.reduce(1, *)).map { _ in
        Float(random.normal() * operation.deviation)
      }
      return Tensor(values, shape, needsGradient: true)
    }
    let tape = Tape(random: Random(seed: 3), recomputes: true)
    let y = operation.run(inputs, tape)
    // loss = sum(mixture * y) through the linear operation: one row, one output.
    let mix = Tensor(Self.mixture(y.count), [1, y.count])
    let loss = y.reshape([1, y.count], tape)
      .linear(weight: mix, bias: Tensor([1]), tape)
    tape.backward(from: loss)
    let step: Float = 1e-2
    for (number, input) in inputs.enumerated() {
      guard let gradient = input.gradient?.values else {
        Issue.record("input \(number) got no gradient")
        continue
      }
      let values = input.values
      for index in values.indices {
        input.write([values[index] + step], at: index)
        let above = Self.loss(operation, inputs)
        input.write([values[index] - step], at: index)
        let below = Self.loss(operation, inputs)
        input.write([values[index]], at: index)
        let width = Double(values[index] + step) - Double(values[index] - step)
        let numeric = (above - below) / width
        let analytic = Double(gradient[index])
        #expect(
          abs(analytic - numeric) <= 1e-4 + 1e-2 * abs(numeric),
          "input \(number), coordinate \(index): \(analytic) against \(numeric)")
      }
    }
  }

  /// Reads the operations' names from the source, so that a new one without a case is noticed.
  @Test("no operation is without a case")
  func complete() throws {
    let recorded = try OperationSources.recordedNames()
    #expect(recorded.count >= 12)
    #expect(recorded.subtracting(OperationCase.all.map(\.operation)).isEmpty)
  }
}
