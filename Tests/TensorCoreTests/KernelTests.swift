import CKernels
import Glibc
import Testing

@testable import TensorCore

/// Sizes around the vector widths.
private let sizes = [1, 7, 64, 65]

@Suite("C kernels equal plain loops in double precision")
struct KernelTests {
  static func values(_ count: Int, seed: UInt64 = 5, spread: Double = 2) -> [Float] {
    var random = Random(seed: seed)
    return (0..<count).map { _ in Float(random.normal() * spread) }
  }

  static func expectClose(
    _ actual: [Float], _ expected: [Double], within tolerance: Double,
    _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(actual.count == expected.count, sourceLocation: location)
    for (index, (a, e)) in zip(actual, expected).enumerated() {
      #expect(
        abs(Double(a) - e) <= tolerance * max(1, abs(e)), "\(index): \(a) against \(e)",
        sourceLocation: location)
    }
  }

  @Test("exp is within 2 units in the last place from -87 to 88, and never infinite or zero")
  func exponential() {
    let x = stride(from: Float(-87), through: 88, by: 0.037).map { $0 }
    var y = [Float](repeating: 0, count: x.count)
    unsafe ck_exp(&y, x, x.count)
    for (x, y) in zip(x, y) {
      let exact = exp(Double(x))
      #expect(abs(Double(y) - exact) <= 2 * Double(Float(exact).ulp), "exp(\(x)) = \(y)")
    }
    var ends: [Float] = [0, 0, 0, 0]
    unsafe ck_exp(&ends, [-1000, 1000, -.infinity, .infinity], 4)
    #expect(ends.allSatisfy { $0 > 0 && $0.isFinite })
  }

  @Test("activations", arguments: sizes)
  func activations(_ n: Int) {
    let x = Tensor(Self.values(n, spread: 4), [n])
    func sigmoid(_ v: Double) -> Double { 1 / (1 + exp(-v)) }
    Self.expectClose(x.sigmoid().values, x.values.map { sigmoid(Double($0)) }, within: 1e-6)
    Self.expectClose(
      x.silu(nil).values, x.values.map { Double($0) * sigmoid(Double($0)) }, within: 1e-6)
    Self.expectClose(
      x.gelu(nil).values,
      x.values.map {
        let v = Double($0)
        return 0.5 * v * (1 + tanh((2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v)))
      }, within: 1e-6)
  }

  @Test("gated linear unit", arguments: sizes)
  func gate(_ n: Int) {
    let x = Tensor(Self.values(6 * n), [3, 2 * n])
    var expected: [Double] = []
    for row in 0..<3 {
      for column in 0..<n {
        let at = row * 2 * n + column
        let gate: Double = 1 + exp(-Double(x[at + n]))
        expected.append(Double(x[at]) / gate)
      }
    }
    Self.expectClose(x.glu(nil).values, expected, within: 1e-6)
  }

  @Test("layer norm", arguments: sizes)
  func layerNorm(_ n: Int) {
    let x = Tensor(Self.values(5 * n).map { $0 + 3 }, [5, n])
    let scale = Self.values(n, seed: 6)
    let shift = Self.values(n, seed: 7)
    var expected: [Double] = []
    for row in 0..<5 {
      let values = (0..<n).map { Double(x[row * n + $0]) }
      let mean = values.reduce(0, +) / Double(n)
      let variance = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
      let deviation = (variance + 1e-5).squareRoot()
      for (column, value) in values.enumerated() {
        let normal = (value - mean) / deviation
        expected.append(normal * Double(scale[column]) + Double(shift[column]))
      }
    }
    let y = x.layerNorm(scale: Tensor(scale, [n]), shift: Tensor(shift, [n]), nil)
    Self.expectClose(y.values, expected, within: 2e-5)
  }

  @Test("softmax over all columns and over a band", arguments: sizes)
  func softmax(_ n: Int) {
    for (low, high) in [(-n, 2 * n), (-2, 3)] {
      let scores = Self.values(n * n, spread: 9)
      var x = scores
      var lse = [Float](repeating: 0, count: n)
      unsafe ck_softmax(&x, &lse, n, n, low, high)
      var again = scores
      unsafe ck_softmax_again(&again, lse, n, n, low, high)
      var expected = [Double](repeating: 0, count: n * n)
      for row in 0..<n {
        let kept = (0..<n).filter { $0 >= row + low && $0 < row + high }
        let powers: [Double] = kept.map { exp(Double(scores[row * n + $0])) }
        let sum = powers.reduce(0, +)
        for (column, power) in zip(kept, powers) { expected[row * n + column] = power / sum }
        Self.expectClose([lse[row]], [log(sum)], within: 1e-6)
      }
      Self.expectClose(x, expected, within: 1e-6)
      Self.expectClose(again, expected, within: 1e-5)
    }
  }

  @Test("attention with padding equals attention on the part without", arguments: [1, 5, 130])
  func paddedAttention(_ n: Int) {
    for reach in [nil, 3] {
      let columns = 24
      let short = Tensor(Self.values(n * columns), [1, n, columns])
      let noise = Self.values(7 * columns, seed: 6, spread: 30)
      let long = Tensor(short.values + noise, [1, n + 7, columns])
      let expected = short.attention(heads: 2, reach: reach, nil).values.map(Double.init)
      let y = long.attention(heads: 2, reach: reach, lengths: [n], nil).values
      Self.expectClose(Array(y[..<(n * 8)]), expected, within: 1e-6)
      #expect(y[(n * 8)...].allSatisfy { $0 == 0 })
    }
  }

  @Test("matrix product with transposes and strides", arguments: sizes)
  func linear(_ n: Int) {
    let (rows, width) = (n + 2, n)
    let x = Tensor(Self.values(rows * width), [rows, width])
    let w = Tensor(Self.values(5 * width, seed: 8), [5, width])
    let b = Tensor(Self.values(5, seed: 9), [5])
    var expected: [Double] = []
    for row in 0..<rows {
      for out in 0..<5 {
        var sum = Double(b[out])
        for k in 0..<width { sum += Double(x[row * width + k]) * Double(w[out * width + k]) }
        expected.append(sum)
      }
    }
    Self.expectClose(x.linear(weight: w, bias: b, nil).values, expected, within: 1e-5)
  }

  @Test("rounding to bfloat16 goes to the nearest, ties to even, and keeps what is not a number")
  func rounding() {
    let one: UInt32 = 0x3F80_0000
    let bits = [one, one + 0x7FFF, one + 0x8000, one + 0x8001, one + 0x1_8000, 0xBF80_9000]
    let x = bits.map(Float.init(bitPattern:)) + [.infinity, .nan, 0]
    var y = [UInt16](repeating: 0, count: 9)
    unsafe ck_to_bfloat16(&y, x, 3, 3, 3)
    #expect(y[..<7] == [0x3F80, 0x3F80, 0x3F80, 0x3F81, 0x3F82, 0xBF81, 0x7F80])
    #expect(Float(bitPattern: UInt32(y[7]) << 16).isNaN && y[8] == 0)
  }

  @Test(
    "products in bfloat16 are those of the rounded values, with transposes, strides and sums",
    .enabled(if: BFloat16.isAvailable), arguments: [1, 64, 65])
  func bfloat16(_ n: Int) {
    let (m, k) = (n + 2, n + 5)
    func rounded(_ count: Int, _ seed: UInt64) -> [Float] {
      Self.values(count, seed: seed).map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) }
    }
    let (a, b, c) = (rounded(m * (k + 1), 1), rounded(k * (n + 1), 2), Self.values(m * n, seed: 3))
    let at = (0..<k * m).map { a[$0 % m * (k + 1) + $0 / m] }
    let bt = (0..<n * k).map { b[$0 % k * (n + 1) + $0 / k] }
    var expected: [Double] = []
    for row in 0..<m {
      for column in 0..<n {
        let sum = (0..<k).reduce(0.0) {
          $0 + Double(a[row * (k + 1) + $1]) * Double(b[$1 * (n + 1) + column])
        }
        expected.append(0.5 * sum + Double(c[row * n + column]))
      }
    }
    var (plain, turned) = (c, c)
    unsafe BFloat16.product(
      false, false, m, n, k, alpha: 0.5, a, k + 1, b, n + 1, beta: 1, &plain, n)
    unsafe BFloat16.product(true, true, m, n, k, alpha: 0.5, at, m, bt, k, beta: 1, &turned, n)
    Self.expectClose(plain, expected, within: 1e-4)
    Self.expectClose(turned, expected, within: 1e-4)
  }

  @Test("3x3 convolution", arguments: [(1, 1, 1, 1), (7, 5, 3, 1), (6, 8, 2, 2), (65, 7, 1, 2)])
  func convolution(time: Int, bins: Int, channels: Int, stride: Int) {
    let out = 3
    let x = Tensor(Self.values(2 * time * bins * channels), [2, time, bins, channels])
    let w = Tensor(Self.values(out * 9 * channels, seed: 8), [out, 9 * channels])
    let b = Tensor(Self.values(out, seed: 9), [out])
    var expected: [Double] = []
    for item in 0..<2 {
      for t in 0..<time {
        for f in 0..<(bins + stride - 1) / stride {
          for o in 0..<out {
            var sum = Double(b[o])
            for tap in 0..<9 {
              let (k, j) = (tap / 3, tap % 3)
              let (source, bin) = (t + k - 1, f * stride + j - 1)
              guard (0..<time).contains(source), (0..<bins).contains(bin) else { continue }
              for c in 0..<channels {
                sum +=
                  Double(x[((item * time + source) * bins + bin) * channels + c])
                  * Double(w[(o * 9 + tap) * channels + c])
              }
            }
            expected.append(sum)
          }
        }
      }
    }
    let y = x.convolution(weight: w, bias: b, stride: stride, nil)
    Self.expectClose(y.values, expected, within: 1e-5)
  }

  @Test("depthwise convolution", arguments: sizes)
  func depthwise(_ n: Int) {
    let (time, taps) = (6, 5)
    let x = Tensor(Self.values(2 * time * n), [2, time, n])
    let w = Tensor(Self.values(taps * n, seed: 8), [taps, n])
    let b = Tensor(Self.values(n, seed: 9), [n])
    var expected: [Double] = []
    for item in 0..<2 {
      for t in 0..<time {
        for c in 0..<n {
          var sum = Double(b[c])
          for k in 0..<taps where (0..<time).contains(t + k - 2) {
            sum += Double(x[(item * time + t + k - 2) * n + c]) * Double(w[k * n + c])
          }
          expected.append(sum)
        }
      }
    }
    Self.expectClose(
      x.depthwiseConvolution(weight: w, bias: b, nil).values, expected, within: 1e-5)
  }

  @Test("sums of squares, finiteness, and the loss of extreme logits")
  func reductions() {
    for n in sizes {
      let x = Self.values(n)
      let exact = x.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(abs(unsafe ck_sum_of_squares(x, n) - exact) <= 1e-9 * exact)
      #expect(Tensor(x, [n]).isFinite)
      #expect(!Tensor(x.dropLast() + [.nan], [n]).isFinite)
      #expect(!Tensor([-.infinity] + x.dropFirst(), [n]).isFinite)
    }
    let logits = Tensor([100, -100, 0, 3], [4])
    let loss = logits.bceWithLogits(
      targets: Tensor([0, 1, 0.5, 1], [4]), weights: Tensor([1, 1, 2, 0], [4]), normaliser: 4, nil)
    // 100 + 100 + 2 ln 2 + nothing, over four
    #expect(abs(loss.item - 50.346_574) < 1e-4)
  }
}
