/// Hiss, rumble and hum under a recording.
package enum Noise {
  /// White noise, darkened by a one-pole low-pass.
  /// - Parameters:
  ///   - level: amplitude (root mean square, about) of the noise.
  ///   - darkness: 0 white to 0.99 rumble.
  package static func add(
    to samples: inout [Float], level: Float, darkness: Float,
    using generator: inout SeededGenerator
  ) {
    // A one-pole low-pass of white noise has the variance (1 - d) / (1 + d).
    let gain = level * ((1 + darkness) / (1 - darkness)).squareRoot() * (1 - darkness)
    var state = UInt64(generator.next() | 1)
    unsafe samples.withUnsafeMutableBufferPointer { x in
      var memory: Float = 0
      for i in 0..<x.count {
        // Marsaglia's xorshift: quick, and good enough to hiss.
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        let white = Float(Int32(truncatingIfNeeded: state >> 32)) * (1.7320508 / 2_147_483_648)
        memory = gain * white + darkness * memory
        unsafe x[i] += memory
      }
    }
  }
}
