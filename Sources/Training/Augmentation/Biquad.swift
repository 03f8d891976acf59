internal import Glibc

/// A second-order filter (Robert Bristow-Johnson's audio EQ cookbook).
package struct Biquad: Sendable {
  private var b0, b1, b2, a1, a2: Float

  private init(_ b0: Double, _ b1: Double, _ b2: Double, _ a0: Double, _ a1: Double, _ a2: Double) {
    self.b0 = Float(b0 / a0)
    self.b1 = Float(b1 / a0)
    self.b2 = Float(b2 / a0)
    self.a1 = Float(a1 / a0)
    self.a2 = Float(a2 / a0)
  }

  private static func angle(_ frequency: Double, _ sampleRate: Double) -> Double {
    2 * .pi * min(frequency, 0.49 * sampleRate) / sampleRate
  }

  /// -3 dB at `frequency` Hz for a quality of 0.7071.
  package static func lowPass(
    frequency: Double, quality: Double = 0.7071, sampleRate: Double = 44_100
  ) -> Biquad {
    let w = angle(frequency, sampleRate)
    let alpha = sin(w) / (2 * quality)
    let c = cos(w)
    return Biquad((1 - c) / 2, 1 - c, (1 - c) / 2, 1 + alpha, -2 * c, 1 - alpha)
  }

  package static func highPass(
    frequency: Double, quality: Double = 0.7071, sampleRate: Double = 44_100
  ) -> Biquad {
    let w = angle(frequency, sampleRate)
    let alpha = sin(w) / (2 * quality)
    let c = cos(w)
    return Biquad((1 + c) / 2, -(1 + c), (1 + c) / 2, 1 + alpha, -2 * c, 1 - alpha)
  }

  package static func peak(
    frequency: Double, quality: Double, decibels: Double, sampleRate: Double = 44_100
  ) -> Biquad {
    let w = angle(frequency, sampleRate)
    let a = pow(10, decibels / 40)
    let alpha = sin(w) / (2 * quality)
    let c = cos(w)
    return Biquad(1 + alpha * a, -2 * c, 1 - alpha * a, 1 + alpha / a, -2 * c, 1 - alpha / a)
  }

  package static func lowShelf(
    frequency: Double, decibels: Double, sampleRate: Double = 44_100
  ) -> Biquad {
    shelf(frequency, decibels, sampleRate, sign: 1)
  }

  package static func highShelf(
    frequency: Double, decibels: Double, sampleRate: Double = 44_100
  ) -> Biquad {
    shelf(frequency, decibels, sampleRate, sign: -1)
  }

  /// The cookbook's two shelves, which differ in the sign of the cosine and of the middle terms.
  private static func shelf(
    _ frequency: Double, _ decibels: Double, _ sampleRate: Double, sign: Double
  ) -> Biquad {
    let w = angle(frequency, sampleRate)
    let a = pow(10, decibels / 40)
    let c = sign * cos(w)
    let root = 2 * a.squareRoot() * sin(w) / 2 * 2.0.squareRoot()
    return Biquad(
      a * (a + 1 - (a - 1) * c + root), sign * 2 * a * (a - 1 - (a + 1) * c),
      a * (a + 1 - (a - 1) * c - root), a + 1 + (a - 1) * c + root,
      sign * -2 * (a - 1 + (a + 1) * c), a + 1 + (a - 1) * c - root)
  }

  /// Filters in place through several filters, from silence. Two go through in one pass: each waits for
  /// its own last result, not for the other's.
  package static func apply(_ filters: [Biquad], to samples: inout [Float]) {
    var rest = filters[...]
    while rest.count >= 2 {
      pair(rest.removeFirst(), rest.removeFirst(), &samples)
    }
    rest.first?.apply(to: &samples)
  }

  private static func pair(_ f: Biquad, _ g: Biquad, _ samples: inout [Float]) {
    unsafe samples.withUnsafeMutableBufferPointer { x in
      var f1: Float = 0
      var f2: Float = 0
      var g1: Float = 0
      var g2: Float = 0
      for i in 0..<x.count {
        let input = unsafe x[i]
        let middle = f.b0 * input + f1
        f1 = f.b1 * input - f.a1 * middle + f2
        f2 = f.b2 * input - f.a2 * middle
        let output = g.b0 * middle + g1
        g1 = g.b1 * middle - g.a1 * output + g2
        g2 = g.b2 * middle - g.a2 * output
        unsafe x[i] = output
      }
    }
  }

  /// Filters in place from silence (transposed direct form II).
  package func apply(to samples: inout [Float]) {
    unsafe samples.withUnsafeMutableBufferPointer { x in
      var z1: Float = 0
      var z2: Float = 0
      for i in 0..<x.count {
        let input = unsafe x[i]
        let output = b0 * input + z1
        z1 = b1 * input - a1 * output + z2
        z2 = b2 * input - a2 * output
        unsafe x[i] = output
      }
    }
  }
}
