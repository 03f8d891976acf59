/// Adds accompaniment to drums at a given balance.
package enum Mixer {
  /// - Parameters:
  ///   - level: root mean square of the music's loud parts, of the whole song as a rule, so that its
  ///     quiet passages stay quiet.
  ///   - decibels: level of the drums' loud parts over the music's; without drums the music is added
  ///     at its own level.
  package static func add(
    _ music: [Float], level: Float, to drums: inout [Float], drumsOver decibels: Double
  ) {
    let drumLevel = loudLevel(drums)
    guard level > 0 else { return }
    let gain = drumLevel > 1e-6 ? drumLevel / level / amplitude(decibels: decibels) : 1
    let count = min(drums.count, music.count)
    unsafe drums.withUnsafeMutableBufferPointer { drums in
      unsafe music.withUnsafeBufferPointer { music in
        for i in 0..<count { unsafe drums[i] += gain * music[i] }
      }
    }
  }

  /// Root mean square of what lies within 40 dB of the peak: gaps between strokes do not count, so
  /// that sparse drumming is not taken for quiet drumming.
  package static func loudLevel(_ samples: [Float]) -> Float {
    let floor = OnsetMeasure.peak(samples) * 0.01
    var sum: Float = 0
    var count: Float = 0
    unsafe samples.withUnsafeBufferPointer { samples in
      for i in 0..<samples.count {
        let x = unsafe samples[i]
        let counts: Float = abs(x) > floor ? 1 : 0
        sum += counts * x * x
        count += counts
      }
    }
    return count > 0 ? (sum / count).squareRoot() : 0
  }
}
