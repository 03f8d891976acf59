import Foundation

/// Synthetic sounds for songs that no record shop has. Everything is seeded and 44.1 kHz mono.
struct Noises {
  static let rate = 44_100
  var samples: [Double]
  private var state: UInt64 = 1

  init(seconds: Double) {
    samples = [Double](repeating: 0, count: Int(seconds * Double(Self.rate)))
  }

  /// White noise, -1...1.
  private mutating func noise() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(Int64(bitPattern: state) >> 11) / Double(Int64(1) << 52)
  }

  enum Drum {
    case kick, snare, hat, crash, click
  }

  mutating func hit(_ drum: Drum, at time: Double, gain: Double = 1) {
    let start = Int(time * Double(Self.rate))
    let length: Double =
      switch drum {
      case .kick: 0.25
      case .snare: 0.2
      case .hat: 0.06
      case .crash: 1.2
      case .click: 0.02
      }
    var last = 0.0
    var phase = 0.0
    for i in 0..<Int(length * Double(Self.rate)) where samples.indices.contains(start + i) {
      let t = Double(i) / Double(Self.rate)
      let white = noise()
      let bright = white - last
      last = white
      let fade = exp(-5 * t / length)
      switch drum {
      case .kick:
        phase += 2 * .pi * (48 + 140 * exp(-t * 45)) / Double(Self.rate)
        samples[start + i] += gain * fade * (0.8 * sin(phase) + (t < 0.003 ? 0.4 * white : 0))
      case .snare:
        samples[start + i] += gain * fade * (0.45 * white + 0.35 * sin(2 * .pi * 190 * t))
      case .hat, .crash: samples[start + i] += gain * fade * 0.22 * bright
      case .click: samples[start + i] += gain * fade * 0.6 * sin(2 * .pi * 1_800 * t)
      }
    }
  }

  /// A rock beat from a time on: kick on the first beat and the half, snare between, hats on eighths,
  /// a crash on each fourth bar.
  /// - Returns: where the next bar would begin.
  mutating func groove(
    from start: Double, bars: Int, eighths: Int = 8, eighth: Double
  ) -> Double {
    for bar in 0..<bars {
      for step in 0..<eighths {
        let time = start + Double(bar * eighths + step) * eighth
        if step == 0 || step == 5 { hit(.kick, at: time) }
        if step % 4 == 2 { hit(.snare, at: time) }
        hit(step == 0 && bar % 4 == 0 ? .crash : .hat, at: time)
      }
    }
    return start + Double(bars * eighths) * eighth
  }

  /// A sung or spoken line: a buzz with the resonances of vowels, syllable by syllable.
  /// - Parameter isSung: steady notes with vibrato; else short, hoarse and falling.
  mutating func voice(isSung: Bool) {
    let vowels = [(700.0, 1_150.0), (300, 2_200), (450, 800), (350, 1_900), (500, 1_000)]
    var time = 0.3
    var syllable = 0
    while time < Double(samples.count) / Double(Self.rate) - 1 {
      let length = isSung ? 0.5 + 0.25 * Double(syllable % 3) : 0.13 + 0.05 * Double(syllable % 4)
      let pitch = isSung ? [220.0, 247, 262, 294, 196][syllable % 5] : 110
      let (low, high) = vowels[syllable % vowels.count]
      let start = Int(time * Double(Self.rate))
      var phase = 0.0
      for i in 0..<Int(length * Double(Self.rate)) where samples.indices.contains(start + i) {
        let t = Double(i) / Double(Self.rate)
        let bend = isSung ? 1 + 0.012 * sin(2 * .pi * 5.5 * t) : 1 - 0.3 * t / length
        phase += 2 * .pi * pitch * bend / Double(Self.rate)
        let envelope = min(1, t / 0.04) * min(1, (length - t) / 0.05)
        var tone = 0.0
        for harmonic in 1...12 {
          let frequency = pitch * Double(harmonic)
          let gain =
            1 / (1 + pow((frequency - low) / 120, 2)) + 0.5 / (1 + pow((frequency - high) / 200, 2))
          tone += gain * sin(phase * Double(harmonic))
        }
        samples[start + i] += envelope * (0.2 * tone + (isSung ? 0.003 : 0.02) * noise())
      }
      time += length * (isSung ? 1.05 : 1.25) + (syllable % 7 == 6 ? 0.5 : 0)
      syllable += 1
    }
  }

  mutating func hiss() { for i in samples.indices { samples[i] += 0.3 * noise() } }

  /// Chords that swell and change every two seconds, without any attack.
  mutating func strings() {
    let chords = [[220.0, 277.2, 329.6], [196, 246.9, 293.7], [174.6, 220, 261.6]]
    for i in samples.indices {
      let t = Double(i) / Double(Self.rate)
      let swell = 0.5 - 0.5 * cos(2 * .pi * t / 2)
      for frequency in chords[Int(t / 2) % chords.count] {
        samples[i] += 0.1 * swell * sin(2 * .pi * frequency * t)
      }
    }
  }
}
