internal import Glibc

/// A small, fast, seeded generator (SplitMix64, Steele, Lea and Flood 2014): the same seed gives the
/// same numbers on every machine.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// An independent sequence for each index of a stream.
  package init(seed: UInt64, index: Int) {
    var mixer = SeededGenerator(seed: seed)
    let base = mixer.next()
    var second = SeededGenerator(seed: base ^ UInt64(bitPattern: Int64(index)))
    state = second.next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// 0 up to, not including, 1.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  package mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * unit()
  }

  /// Uniform in the logarithm: for frequencies and ratios.
  package mutating func logUniform(_ low: Double, _ high: Double) -> Double {
    exp(uniform(log(low), log(high)))
  }

  package mutating func normal(_ mean: Double = 0, _ deviation: Double = 1) -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return mean + deviation * radius * cos(2 * Double.pi * unit())
  }

  package mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// 0..<count.
  package mutating func index(_ count: Int) -> Int {
    precondition(count > 0)
    return min(count - 1, Int(unit() * Double(count)))
  }

  package mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + index(range.count)
  }

  package mutating func pick<C: RandomAccessCollection>(_ items: C) -> C.Element {
    items[items.index(items.startIndex, offsetBy: index(items.count))]
  }

  /// An index drawn in proportion to the weights, which must not all be zero.
  package mutating func weighted(_ weights: [Double]) -> Int {
    var left = unit() * weights.reduce(0, +)
    for (i, weight) in weights.enumerated() {
      left -= weight
      if left < 0 && weight > 0 { return i }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  /// A ratio of amplitudes from a range in decibels.
  package mutating func gain(decibels low: Double, _ high: Double) -> Float {
    amplitude(decibels: uniform(low, high))
  }
}

/// The ratio of amplitudes that a level in decibels means.
package func amplitude(decibels: Double) -> Float { Float(pow(10, decibels / 20)) }
