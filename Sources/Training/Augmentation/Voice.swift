internal import Glibc

/// A voice that sings nonsense: General MIDI music has none, and a network that never heard one takes
/// sibilants for hats and plosives for drums. Nothing of it is labelled.
package enum Voice {
  /// First three formants in Hz of a, e, i, o, u, ä (Peterson and Barney 1952, rounded).
  private static let vowels: [[Double]] = [
    [730, 1_090, 2_440], [530, 1_840, 2_480], [270, 2_290, 3_010], [570, 840, 2_410],
    [300, 870, 2_240], [660, 1_720, 2_410],
  ]

  /// Adds phrases of syllables with pauses between them.
  /// - Parameter level: root mean square of the loud vowels.
  package static func add(
    to samples: inout [Float], level: Float, using generator: inout SeededGenerator
  ) {
    let rate = 44_100.0
    let size = generator.uniform(0.85, 1.25)
    let register = generator.logUniform(95, 420)
    // Sung, not spoken: long vowels, and sibilants that are held.
    let isSustained = generator.chance(0.4)
    let syllable = isSustained ? generator.logUniform(0.4, 1.6) : generator.logUniform(0.14, 0.5)
    let hisses = isSustained ? 0.08...0.4 : 0.04...0.16
    let sibilance = generator.gain(decibels: -12, 5)
    var time = generator.uniform(0, 2)
    var note = 0.0
    while time < Double(samples.count) / rate {
      if generator.chance(0.12) {
        time += generator.uniform(0.5, 3)
        continue
      }
      let length = syllable * generator.logUniform(0.6, 2)
      if generator.chance(0.45) {
        let hiss = generator.uniform(hisses.lowerBound, hisses.upperBound)
        addConsonant(
          to: &samples, at: Int(time * rate), count: Int(hiss * rate), level: level * sibilance,
          using: &generator)
        time += hiss * 0.8
      }
      note = min(max(note + generator.normal(0, 2.5), -7), 9)
      addVowel(
        to: &samples, at: Int(time * rate), count: Int(length * rate),
        frequency: register * pow(2, note.rounded() / 12), size: size, level: level,
        using: &generator)
      time += length * generator.uniform(0.85, 1.05)
    }
  }

  /// A buzzing source with vibrato through three resonances.
  private static func addVowel(
    to samples: inout [Float], at start: Int, count: Int, frequency: Double, size: Double,
    level: Float, using generator: inout SeededGenerator
  ) {
    let count = min(count, samples.count - start)
    guard count > 64 else { return }
    var source = [Float](repeating: 0, count: count)
    var phase = generator.unit()
    let glide = generator.normal(0, 0.03)
    let vibrato = generator.uniform(0, 0.02)
    // Pitch changes every 64 samples: 1.5 ms.
    for block in stride(from: 0, to: count, by: 64) {
      let t = Double(block) / 44_100
      let bend = 1 + glide * exp(-t / 0.06) + vibrato * sin(2 * .pi * 5.5 * t)
      let step = frequency * bend / 44_100
      for i in block..<min(block + 64, count) {
        phase += step
        if phase >= 1 { phase -= 1 }
        source[i] = Float(0.5 - phase)
      }
    }
    let formants = zip(generator.pick(vowels), [20.0, 16, 12]).map { formant, decibels in
      Biquad.peak(frequency: formant * size, quality: 5, decibels: decibels)
    }
    Biquad.apply(formants + [.lowPass(frequency: 5_500)], to: &source)
    let gain = level / max(OnsetMeasure.rootMeanSquare(source), 1e-9)
    let attack = Int(generator.logUniform(0.008, 0.08) * 44_100)
    let release = min(count, 2_600)
    for i in 0..<count {
      let rise = min(1, Float(i) / Float(attack))
      let fall = min(1, Float(count - i) / Float(release))
      samples[start + i] += gain * rise * fall * source[i]
    }
  }

  /// An s, sh or f (noise with a soft start), or a p, t or k (a click and a breath).
  private static func addConsonant(
    to samples: inout [Float], at start: Int, count: Int, level: Float,
    using generator: inout SeededGenerator
  ) {
    let isPlosive = generator.chance(0.3)
    let count = min(isPlosive ? min(count, 1_800) : count, samples.count - start)
    guard count > 64 else { return }
    var noise = [Float](repeating: 0, count: count)
    Noise.add(to: &noise, level: 1, darkness: 0, using: &generator)
    let centre = isPlosive ? generator.logUniform(400, 4_000) : generator.logUniform(3_000, 8_500)
    Biquad.highPass(frequency: centre * 0.7).apply(to: &noise)
    Biquad.peak(frequency: centre, quality: 1.5, decibels: 12).apply(to: &noise)
    let attack = isPlosive ? 30 : Int(generator.logUniform(0.01, 0.08) * 44_100)
    let gain = level / max(OnsetMeasure.rootMeanSquare(noise), 1e-9)
    for i in 0..<count {
      let rise = min(1, Float(i) / Float(attack))
      let fall = Float(count - i) / Float(count)
      samples[start + i] += gain * rise * (isPlosive ? fall * fall : min(1, 2 * fall)) * noise[i]
    }
  }
}
