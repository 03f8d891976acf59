import Testing

@testable import TensorCore

@Suite("Products of packed weights")
struct PackedProductTests {
  /// Every way to multiply that this processor has.
  static let ways: [(Precision, ProductPath)] = Precision.allCases.flatMap { precision in
    ProductPath.allCases.filter { $0.serves(precision) }.map { (precision, $0) }
  }
  /// Sizes around groups, vectors, tiles and panels.
  private static let sizes = [1, 7, 64, 65]

  /// Leaves no numbers in the memory that tensors get next: what nobody wrote must not be read, not
  /// even to be multiplied by zero.
  private func spoilMemory() {
    for power in 4..<16 {
      for eighths in 8..<16 {
        _ = (0..<4).map { _ in Tensor([eighths << power], repeating: .nan) }
      }
    }
  }

  /// The rows as the product rounds them: scale, zero and values of each.
  private func quantized(_ x: [Float], rows: Int) -> [(scale: Float, values: [Int])] {
    let columns = x.count / rows
    return (0..<rows).map { row in
      let values = x[row * columns..<(row + 1) * columns]
      let (low, high) = (min(0, values.min()!), max(0, values.max()!))
      let scale = high > low ? (high - low) / 255 : 1
      let zero = (-low * (1 / scale)).rounded()
      // As the kernel does: half a step up, then cut off.
      return (
        scale,
        values.map { Int(min(255, max(0, $0 * (1 / scale) + zero)) + 0.5) - Int(zero) }
      )
    }
  }

  @Test("int8 sums equal a plain integer loop on every path", arguments: sizes, sizes)
  func integers(rows: Int, inputs: Int) {
    for outputs in Self.sizes {
      let x = KernelTests.values(rows * inputs, seed: 11)
      let weights = QuantizedMatrix(
        rounding: Tensor(KernelTests.values(outputs * inputs, seed: 12), [outputs, inputs]))
      let bias = KernelTests.values(outputs, seed: 13)
      let rounded = quantized(x, rows: rows)
      var expected: [Double] = []
      for row in rounded {
        for o in 0..<outputs {
          var sum = 0
          for i in 0..<inputs { sum += row.values[i] * Int(unsafe weights.values[o * inputs + i]) }
          expected.append(
            Double(sum) * Double(row.scale) * Double(weights.scales[o]) + Double(bias[o]))
        }
      }
      for path in ProductPath.allCases where path.serves(.int8) {
        let packed = PackedMatrix(weights, path: path)
        let y = Tensor(x, [rows, inputs]).multiplied(
          by: packed, bias: Tensor(bias, [outputs]), activation: .none)
        KernelTests.expectClose(y.values, expected, within: 1e-5)
      }
    }
  }

  @Test("the largest values of both signs do not overflow what int8 products sum in")
  func extremes() {
    let (inputs, outputs) = (4_096, 64)
    let signs = (0..<inputs).map { Float($0 % 2 == 0 ? 1 : -1) }
    let weights = Tensor(
      [[Float]](repeating: signs, count: outputs).flatMap { $0 }, [outputs, inputs])
    let x = Tensor(signs, [1, inputs])
    for path in ProductPath.allCases where path.serves(.int8) {
      let y = x.multiplied(
        by: PackedMatrix(weights, precision: .int8, path: path), bias: Tensor([outputs]),
        activation: .none)
      // Zero is a whole step of 255, so that 1 is at most half a step off.
      #expect(y.values.allSatisfy { abs($0 - Float(inputs)) < Float(inputs) / 255 })
    }
  }

  @Test("every precision and path agrees with Float32, with a bias and GELU", arguments: ways)
  func agreement(precision: Precision, path: ProductPath) {
    for (rows, inputs, outputs) in [(1, 1, 1), (7, 65, 7), (64, 96, 130), (65, 200, 65)] {
      let x = Tensor(KernelTests.values(rows * inputs, seed: 21, spread: 1), [rows, inputs])
      let deviation = 1 / Double(inputs).squareRoot()
      let weight = Tensor(
        KernelTests.values(outputs * inputs, seed: 22, spread: deviation), [outputs, inputs])
      let bias = Tensor(KernelTests.values(outputs, seed: 23), [outputs])
      for activation in [Activation.none, .gelu] {
        let expected = x.linear(weight: weight, bias: bias, activation: activation, nil).values
        let y = x.multiplied(
          by: PackedMatrix(weight, precision: precision, path: path), bias: bias,
          activation: activation
        ).values
        let tolerance: Float =
          switch precision {
          case .float32: 1e-5
          case .bfloat16: 0.02
          case .int8: 0.06
          }
        for (a, e) in zip(y, expected) {
          #expect(abs(a - e) < tolerance * max(1, abs(e)), "\(rows) x \(inputs) x \(outputs)")
        }
      }
    }
  }

  @Test("convolutions read patches where they lie", arguments: [(1, 1), (2, 1), (1, 2), (3, 2)])
  func convolutions(channels: Int, stride: Int) {
    // More frames than are bordered at a time, an odd number of bins.
    let (frames, bins, out) = (70, 9, 24)
    let x = Tensor(
      KernelTests.values(2 * frames * bins * channels, seed: 31, spread: 1),
      [2, frames, bins, channels])
    let weight = Tensor(
      KernelTests.values(out * 9 * channels, seed: 32, spread: 0.3), [out, 9 * channels])
    let bias = Tensor(KernelTests.values(out, seed: 33), [out])
    let expected = x.convolution(weight: weight, bias: bias, stride: stride, nil).values
    for (precision, path) in Self.ways {
      weight.packed = PackedMatrix(weight, precision: precision, path: path, segments: 3)
      defer { weight.packed = nil }
      spoilMemory()
      let y = x.convolution(weight: weight, bias: bias, stride: stride, nil).values
      let tolerance: Float = precision == .float32 ? 1e-5 : precision == .bfloat16 ? 0.05 : 0.08
      for (a, e) in zip(y, expected) {
        #expect(abs(a - e) < tolerance, "\(precision) \(path)")
      }
    }
  }

  @Test("convolutions after each other give the bits of one after the other", arguments: ways)
  func cascade(precision: Precision, path: ProductPath) {
    // More frames than are computed at a time; frames of very different sizes.
    let (frames, bins) = (150, 20)
    var values = KernelTests.values(2 * frames * bins, seed: 51, spread: 1)
    for index in values.indices where index / bins % 7 == 0 { values[index] *= 40 }
    let x = Tensor(values, [2, frames, bins, 1])
    var (channels, height) = (1, bins)
    let steps = [8, 24, 64, 70].map { out in
      let weight = Tensor(
        KernelTests.values(out * 9 * channels, seed: 52, spread: 0.3), [out, 9 * channels])
      weight.packed = PackedMatrix(weight, precision: precision, path: path, segments: 3)
      (channels, height) = (out, (height + 1) / 2)
      let count = height * out
      let norm = NormStep(
        scale: Tensor(KernelTests.values(count, seed: 53), [count]),
        shift: Tensor(KernelTests.values(count, seed: 54), [count]), activation: .gelu)
      return ConvolutionStep(
        weight: weight, bias: Tensor(KernelTests.values(out, seed: 55), [out]), stride: 2,
        norm: norm)
    }
    spoilMemory()
    let together = x.convolved(by: steps, nil)
    let apart = steps.reduce(x) { $0.convolved(by: [$1], nil) }
    #expect(together.values == apart.values)
    for step in steps { step.weight.packed = nil }
    let exact = x.convolved(by: steps, nil).values
    let error = zip(together.values, exact).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(exact.count)
    let size = exact.reduce(0) { $0 + abs($1) } / Float(exact.count)
    let share: Float = precision == .float32 ? 1e-5 : precision == .bfloat16 ? 0.02 : 0.05
    #expect(error < share * size, "\(error) of \(size)")
  }

  @Test("products after each other, gated and with what is added, are those of training")
  func steps() {
    let (rows, width, hidden) = (500, 40, 72)
    func tensor(_ shape: [Int], _ seed: UInt64) -> Tensor {
      Tensor(KernelTests.values(shape.reduce(1, *), seed: seed, spread: 0.3), shape)
    }
    let x = tensor([1, rows, width], 61)
    let norm = NormStep(scale: tensor([width], 62), shift: tensor([width], 63))
    let steps = [
      LinearStep(
        after: norm, weight: tensor([2 * hidden, width], 64), bias: tensor([2 * hidden], 65),
        isGated: true),
      LinearStep(
        weight: tensor([hidden, hidden], 66), bias: tensor([hidden], 67), activation: .gelu),
      LinearStep(weight: tensor([width, hidden], 68), bias: tensor([width], 69)),
    ]
    let expected = x.linear(steps, adding: x, nil).values
    for step in steps { step.weight.packed = PackedMatrix(step.weight, precision: .float32) }
    spoilMemory()
    let y = x.linear(steps, adding: x, nil).values
    for (a, e) in zip(y, expected) { #expect(abs(a - e) < 1e-5) }
  }

  @Test("a loop inside a loop and loops beside each other call every index once")
  func loops() async {
    let counts = await withTaskGroup(of: [Int].self) { group in
      for _ in 0..<4 {
        group.addTask {
          // found (64, 8), each piece its own
          let found = Tensor([64 * 8])
          for _ in 0..<50 {
            Parallel.forEach(64) { outer in
              Parallel.forEach(8) { inner in unsafe found.data[outer * 8 + inner] += 1 }
            }
          }
          return found.values.map(Int.init)
        }
      }
      return await group.reduce(into: [[Int]]()) { $0.append($1) }
    }
    #expect(counts.allSatisfy { $0 == [Int](repeating: 50, count: 512) })
  }

  @Test("a row's result does not depend on the rows beside it", arguments: ways)
  func independence(precision: Precision, path: ProductPath) {
    let (rows, inputs, outputs) = (50, 33, 70)
    let x = KernelTests.values(rows * inputs, seed: 41)
    let packed = PackedMatrix(
      Tensor(KernelTests.values(outputs * inputs, seed: 42), [outputs, inputs]),
      precision: precision, path: path)
    let bias = Tensor([outputs])
    let all = Tensor(x, [rows, inputs]).multiplied(by: packed, bias: bias, activation: .none).values
    for row in [0, 5, 6, 29, 49] {
      let one = Tensor(Array(x[row * inputs..<(row + 1) * inputs]), [1, inputs])
        .multiplied(by: packed, bias: bias, activation: .none).values
      #expect(one == Array(all[row * outputs..<(row + 1) * outputs]))
    }
  }
}
