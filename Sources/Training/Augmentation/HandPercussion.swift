internal import Glibc

/// Shakers and tambourines, invented: what is most easily taken for a hi-hat. Nothing of it is
/// labelled.
package enum HandPercussion {
  /// Adds one instrument in a steady rhythm, accents on the beats, to music.
  /// - Parameters:
  ///   - pulse: times in seconds of all sixteenths, the first on a beat; before 0 is allowed.
  ///   - level: root mean square of the music's loud parts.
  package static func add(
    to samples: inout [Float], pulse: [Double], level: Float,
    using generator: inout SeededGenerator
  ) {
    let isTambourine = generator.chance(0.5)
    let stroke = isTambourine ? tambourine(using: &generator) : shaker(using: &generator)
    let every = generator.pick([1, 1, 2, 2, 4])
    let offset = every > 1 && generator.chance(0.3) ? every / 2 : 0
    let rest = generator.uniform(0, 0.25)
    let accent = generator.gain(decibels: 0, 9)
    let loudness = level * generator.gain(decibels: -12, 3)
    let unsteadiness = generator.uniform(0.001, 0.012)
    for (i, time) in pulse.enumerated()
    where i % every == offset && !generator.chance(rest) {
      let isOnBeat = i % 4 == (isTambourine && generator.chance(0.5) ? 2 : 0)
      let gain = loudness * (isOnBeat ? accent : 1) * generator.gain(decibels: -3, 2)
      let start = Int((time + generator.normal(0, unsteadiness)) * 44_100)
      for k in max(0, -start)..<max(max(0, -start), min(stroke.count, samples.count - start)) {
        samples[start + k] += gain * stroke[k]
      }
    }
  }

  /// Grains that swell and stop: noise about 4 to 9 kHz with a soft start.
  private static func shaker(using generator: inout SeededGenerator) -> [Float] {
    let attack = generator.logUniform(0.01, 0.06) * 44_100
    let decay = generator.logUniform(0.01, 0.05) * 44_100
    var noise = [Float](repeating: 0, count: Int(attack + 5 * decay))
    Noise.add(to: &noise, level: 1, darkness: 0, using: &generator)
    let centre = generator.logUniform(4_000, 9_000)
    Biquad.apply(
      [
        .highPass(frequency: centre * 0.6),
        .peak(frequency: centre, quality: 1.2, decibels: generator.uniform(4, 14)),
      ], to: &noise)
    for i in noise.indices {
      let t = Double(i)
      noise[i] *= Float(t < attack ? t / attack : exp(-(t - attack) / decay))
    }
    return unitLevel(noise)
  }

  /// Jingles: inharmonic tones between 4 and 15 kHz that ring for a tenth of a second, over a rattle.
  private static func tambourine(using generator: inout SeededGenerator) -> [Float] {
    let decay = generator.logUniform(0.03, 0.16) * 44_100
    var result = [Float](repeating: 0, count: Int(5 * decay))
    Noise.add(to: &result, level: 0.6, darkness: 0, using: &generator)
    Biquad.highPass(frequency: generator.logUniform(5_000, 8_000)).apply(to: &result)
    for _ in 0..<8 {
      // A resonator driven once: x[n] = 2 r cos(w) x[n-1] - r² x[n-2].
      let angle = 2 * Double.pi * generator.logUniform(4_000, 15_000) / 44_100
      let radius = exp(-1 / (decay * generator.uniform(0.5, 1.2)))
      let a = Float(2 * radius * cos(angle))
      let b = Float(radius * radius)
      var one: Float = 0
      var two = Float(generator.uniform(0.1, 0.5) * sin(angle))
      for i in result.indices {
        let next = a * one - b * two
        two = one
        one = next
        result[i] += next
      }
    }
    let attack = generator.logUniform(0.000_5, 0.006) * 44_100
    for i in result.indices {
      let t = Double(i)
      result[i] *= Float(min(1, t / attack) * exp(-t / decay))
    }
    return unitLevel(result)
  }

  /// Root mean square 1 over the loudest 20 ms, about.
  private static func unitLevel(_ samples: [Float]) -> [Float] {
    let block = 882
    let loudest =
      stride(from: 0, to: samples.count, by: block).map {
        OnsetMeasure.rootMeanSquare(samples[$0..<min(samples.count, $0 + block)])
      }.max() ?? 0
    return loudest > 0 ? samples.map { $0 / loudest } : samples
  }
}
