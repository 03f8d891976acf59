import Foundation

/// Seeded Gaussian noise (SplitMix64, Box-Muller).
struct GaussianNoise {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return (Double(z >> 11) + 0.5) / 9_007_199_254_740_992
  }

  mutating func next() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }
}

/// F-measure of one-to-one matches of ascending times within a tolerance, greedy from the left.
func fMeasure(_ found: [Double], _ truth: [Double], within tolerance: Double) -> Double {
  guard !found.isEmpty, !truth.isEmpty else { return 0 }
  var count = 0
  var j = 0
  for time in truth {
    while j < found.count, found[j] < time - tolerance { j += 1 }
    if j < found.count, found[j] <= time + tolerance {
      count += 1
      j += 1
    }
  }
  return 2 * Double(count) / Double(found.count + truth.count)
}
