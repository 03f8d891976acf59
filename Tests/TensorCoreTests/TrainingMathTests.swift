import Glibc
import Testing

@testable import TensorCore

@Suite("Optimiser, averages, schedule and randomness")
struct TrainingMathTests {
  @Test("AdamW equals its formulas, with decay on matrices only and clipping by the common norm")
  func adamw() {
    let parameters = Parameters(random: Random(seed: 1))
    let matrix = parameters.normal("m", [3], deviation: 1)
    let bias = parameters.constant("b", 2, 0.5)
    var settings = AdamW.Settings()
    settings.weightDecay = 0.1
    settings.maximumNorm = 0.5
    let optimiser = AdamW(parameters, settings: settings)
    var weights = (matrix.values + bias.values).map(Double.init)
    var means = [Double](repeating: 0, count: 5)
    var squares = means
    for step in 1...3 {
      let gradients = (0..<5).map { Double($0 - 2) * 0.3 / Double(step) }
      matrix.accumulate(Tensor(gradients[..<3].map(Float.init), [3]))
      bias.accumulate(Tensor(gradients[3...].map(Float.init), [2]))
      let norm = optimiser.update(rate: 0.01)
      let expectedNorm = gradients.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(norm - expectedNorm) < 1e-6)
      #expect(matrix.gradient == nil)
      for i in 0..<5 {
        let g = gradients[i] * min(1, 0.5 / expectedNorm)
        means[i] = 0.9 * means[i] + 0.1 * g
        squares[i] = 0.98 * squares[i] + 0.02 * g * g
        let mean = means[i] / (1 - pow(0.9, Double(step)))
        let square = squares[i] / (1 - pow(0.98, Double(step)))
        weights[i] *= 1 - 0.01 * (i < 3 ? 0.1 : 0)
        weights[i] -= 0.01 * mean / (square.squareRoot() + 1e-8)
      }
      KernelTests.expectClose(matrix.values + bias.values, weights, within: 1e-6)
    }
  }

  @Test("a gradient that is not a number changes nothing and is reported")
  func notANumber() {
    let parameters = Parameters(random: Random(seed: 1))
    let bias = parameters.constant("b", 2, 0.5)
    let optimiser = AdamW(parameters)
    bias.accumulate(Tensor([1, .nan], [2]))
    #expect(!optimiser.update(rate: 1).isFinite)
    #expect(bias.values == [0.5, 0.5])
    #expect(optimiser.step == 0)
  }

  @Test("the tape names the operation that made the first NaN")
  func nameOfNaN() {
    let tape = Tape()
    let x = Tensor([-1, 2], [1, 2], needsGradient: true)
    let y = x.silu(tape).scale(by: .infinity, tape).gelu(tape)
    #expect(!y.isFinite)
    #expect(tape.firstNonFiniteOperation() == "scale")
  }

  @Test("gradients of two backward passes add up, and one that two tensors share is not written")
  func accumulation() {
    let a = Tensor([1, 2, 3], [3], needsGradient: true)
    let b = Tensor([4, 5, 6], [3], needsGradient: true)
    for _ in 0..<2 {
      let tape = Tape()
      let tripled = a.scale(by: 3, tape)
      // Backwards, the sum hands one gradient to a and b alike, and a's then grows by the tripled.
      let sum = a.add(b, tape).add(tripled, tape)
      let loss = sum.reshape([1, 3], tape)
        .linear(weight: Tensor([1, 10, 100], [1, 3]), bias: Tensor([1]), tape)
      tape.backward(from: loss, scale: 0.5)
    }
    #expect(a.gradient?.values == [4, 40, 400])
    #expect(b.gradient?.values == [1, 10, 100])
  }

  @Test("the moving average follows its formula and swaps there and back")
  func average() {
    let parameters = Parameters(random: Random(seed: 1))
    let bias = parameters.constant("b", 1, 1)
    let average = MovingAverage(parameters, decay: 0.5)
    bias.fill(3)
    average.update()  // decay min(0.5, 2 / 11)
    let expected = 1 + Float(1 - 2.0 / 11) * 2
    #expect(abs(average.tensors[0][0] - expected) < 1e-6)
    average.swap()
    #expect(bias[0] == average.tensors[0][0] || abs(bias[0] - expected) < 1e-6)
    #expect(average.tensors[0][0] == 3)
    average.swap()
    #expect(bias[0] == 3)
  }

  @Test("the schedule warms up, peaks and ends at its floor")
  func schedule() {
    let half = Schedule(peak: 2, warmUpSteps: 4, totalSteps: 104).shortened(to: 0.5)
    #expect(half.warmUpSteps == 2 && half.totalSteps == 52 && half.rate(at: 1) == 2)
    let schedule = Schedule(peak: 2, warmUpSteps: 4, totalSteps: 104, floor: 0.1)
    #expect(schedule.rate(at: 0) == 0.5)
    #expect(schedule.rate(at: 3) == 2)
    #expect(schedule.rate(at: 4) == 2)
    #expect(abs(schedule.rate(at: 54) - 2 * (0.1 + 0.9 / 2)) < 1e-12)
    #expect(abs(schedule.rate(at: 104) - 0.2) < 1e-12)
    #expect(abs(schedule.rate(at: 9_999) - 0.2) < 1e-12)
  }

  @Test("xoshiro256** seeded by SplitMix64 gives the reference's numbers")
  func randomReference() {
    // Reference: the C sources at prng.di.unimi.it with SplitMix64 seeded by 0, whose first output
    // is 0xE220A8397B1DCDAF.
    var random = Random(seed: 0)
    #expect(random.next() == 0x99EC_5F36_CB75_F2B4)
    #expect(random.next() == 0xBF6E_1F78_4956_452A)
  }

  @Test("uniform and normal numbers have their mean and spread")
  func distributions() {
    var random = Random(seed: 9)
    let uniform = (0..<20_000).map { _ in random.uniform() }
    #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(uniform.reduce(0, +) / 20_000 - 0.5) < 0.01)
    let normal = (0..<20_000).map { _ in random.normal() }
    #expect(abs(normal.reduce(0, +) / 20_000) < 0.03)
    #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.05)
  }

  @Test("dropout keeps the mean, differs by seed and needs a tape")
  func dropout() {
    let x = Tensor([10_000], needsGradient: true, repeating: 1)
    let y = x.dropout(0.3, Tape(random: Random(seed: 1))).values
    #expect(abs(y.reduce(0, +) / 10_000 - 1) < 0.03)
    #expect(Set(y).count == 2)
    #expect(y != x.dropout(0.3, Tape(random: Random(seed: 2))).values)
    #expect(y == x.dropout(0.3, Tape(random: Random(seed: 1))).values)
    #expect(x.dropout(0.3, nil) === x)
  }

  @Test("the parallel loop visits every index once")
  func parallel() {
    for count in [0, 1, 2, 1_000] {
      let visits = Tensor([max(count, 1)])
      Parallel.forEach(count) { unsafe visits.data[$0] += 1 }
      #expect(visits.values.reduce(0, +) == Float(count))
    }
    #expect(Parallel.pieces(10, of: 4) == 3)
    #expect(Parallel.piece(2, of: 4, in: 10) == 8..<10)
  }
}
