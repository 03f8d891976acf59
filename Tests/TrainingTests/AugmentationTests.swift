import Foundation
import Testing

@testable import Training

@Suite("Changes to the sound") struct AugmentationTests {
  static func sine(_ frequency: Double, seconds: Double = 0.3) -> [Float] {
    (0..<Int(seconds * 44_100)).map { Float(sin(2 * .pi * frequency * Double($0) / 44_100)) }
  }

  /// Gain in decibels at a frequency, after the filter has settled.
  static func response(of filter: Biquad, at frequency: Double) -> Double {
    var samples = sine(frequency)
    filter.apply(to: &samples)
    let level = OnsetMeasure.rootMeanSquare(samples[4_410...])
    return 20 * log10(Double(level) / 0.5.squareRoot())
  }

  @Test("Filters have the gains that their names and settings say")
  func filters() {
    let low = Biquad.lowPass(frequency: 1_000)
    #expect(abs(Self.response(of: low, at: 1_000) + 3.01) < 0.1)
    #expect(abs(Self.response(of: low, at: 50)) < 0.1)
    #expect(Self.response(of: low, at: 8_000) < -34)
    let high = Biquad.highPass(frequency: 1_000)
    #expect(abs(Self.response(of: high, at: 1_000) + 3.01) < 0.1)
    #expect(Self.response(of: high, at: 100) < -38)
    let peak = Biquad.peak(frequency: 2_000, quality: 2, decibels: 7)
    #expect(abs(Self.response(of: peak, at: 2_000) - 7) < 0.1)
    #expect(abs(Self.response(of: peak, at: 100)) < 0.2)
    let bass = Biquad.lowShelf(frequency: 300, decibels: -6)
    #expect(abs(Self.response(of: bass, at: 20) + 6) < 0.2)
    #expect(abs(Self.response(of: bass, at: 8_000)) < 0.1)
    let treble = Biquad.highShelf(frequency: 3_000, decibels: 5)
    #expect(abs(Self.response(of: treble, at: 18_000) - 5) < 0.2)
    #expect(abs(Self.response(of: treble, at: 100)) < 0.1)
  }

  @Test("The random low-pass always takes the top octave away and leaves 2 kHz alone")
  func lowPass() {
    for seed in 0..<8 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var high = Self.sine(21_000)
      RandomFilters.lowPass(&high, using: &generator)
      #expect(OnsetMeasure.rootMeanSquare(high[4_410...]) < 0.4)
      generator = SeededGenerator(seed: UInt64(seed))
      var low = Self.sine(2_000)
      RandomFilters.lowPass(&low, using: &generator)
      #expect(abs(OnsetMeasure.rootMeanSquare(low[4_410...]) - 0.707) < 0.02)
    }
  }

  @Test("Compression lowers what is loud and not what is soft")
  func compression() {
    var samples = Self.sine(500).map { $0 * 0.01 } + Self.sine(500)
    Dynamics.compress(&samples, threshold: -20, ratio: 4, attack: 0.005, release: 0.1)
    #expect(abs(OnsetMeasure.peak(samples[..<13_000]) - 0.01) < 0.001)
    // 20 dB over the threshold become 5: 15 dB less.
    let loud = 20 * log10(OnsetMeasure.peak(samples[24_000...]))
    #expect(abs(loud + 15) < 1)
  }

  @Test("Saturation and limiting keep the peak and raise the level")
  func saturation() {
    let original = zip(Self.sine(100), Self.sine(101)).map { 0.3 * ($0 + $1) }
    for limited in [false, true] {
      var samples = original
      if limited {
        Dynamics.limit(&samples, decibels: 9)
      } else {
        Dynamics.saturate(&samples, drive: 3)
      }
      #expect(OnsetMeasure.peak(samples) <= OnsetMeasure.peak(original) * 1.001)
      let gain =
        OnsetMeasure.rootMeanSquare(samples) / OnsetMeasure.rootMeanSquare(original)
      #expect(gain > 1.15)
    }
  }

  @Test("Fast convolution is convolution")
  func convolution() {
    var generator = SeededGenerator(seed: 4)
    let response = (0..<300).map { _ in Float(generator.uniform(-1, 1)) }
    // Longer than one transform, so that blocks overlap.
    var samples = [Float](repeating: 0, count: 140_000)
    let positions = [0, 5, 130_700, 131_000, 139_900]
    for position in positions { samples[position] = Float(generator.uniform(0.5, 1)) }
    var expected = samples
    for position in positions {
      for (i, value) in response.enumerated() where position + i < expected.count {
        expected[position + i] += 0.5 * samples[position] * value
      }
    }
    Reverb.convolve(&samples, with: response, gain: 0.5)
    let error = zip(samples, expected).map { abs($0 - $1) }.max() ?? 1
    #expect(error < 1e-4)
  }

  @Test("Noise has the level asked for, white or dark")
  func noise() {
    for darkness: Float in [0, 0.5, 0.9, 0.98] {
      var generator = SeededGenerator(seed: 8)
      var samples = [Float](repeating: 0, count: 100_000)
      Noise.add(to: &samples, level: 0.1, darkness: darkness, using: &generator)
      #expect(abs(OnsetMeasure.rootMeanSquare(samples) - 0.1) < 0.015)
    }
  }

  @Test("No treatment moves an attack by more than 2 ms")
  func timing() throws {
    let mastering = Mastering(reverb: try Reverb(folder: nil), lowPassProbability: 1)
    for seed in 0..<24 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var samples = [Float](repeating: 0, count: 44_100)
      for i in 0..<3_000 {
        samples[22_050 + i] = Float(generator.uniform(-1, 1) * exp(-Double(i) / 600))
      }
      mastering.treatChannel(&samples, using: &generator)
      mastering.treatDrums(&samples, using: &generator)
      mastering.treatMix(&samples, using: &generator)
      let part = Array(samples[(22_050 - 441)...])
      let onset = try #require(OnsetMeasure.onset(of: part, sampleRate: 44_100))
      // Added noise can cross a tenth of a soft peak earlier: then the onset is at the very start.
      if onset > 0.004 { #expect(abs(onset - 0.01) < 0.002, "seed \(seed)") }
    }
  }

  @Test("A voice adds sound at about its level")
  func voice() {
    var generator = SeededGenerator(seed: 3)
    var samples = [Float](repeating: 0, count: 10 * 44_100)
    Voice.add(to: &samples, level: 0.1, using: &generator)
    #expect(samples.allSatisfy { $0.isFinite })
    let level = Mixer.loudLevel(samples)
    #expect(level > 0.03 && level < 0.3)
  }

  @Test("Shakers, tambourines and strums sound where the pulse is, at about the music's level")
  func confusers() {
    let pulse = stride(from: 2.0, to: 5, by: 0.15).map { $0 }
    for seed in 0..<12 {
      for strums in [false, true] {
        var generator = SeededGenerator(seed: UInt64(seed))
        var samples = [Float](repeating: 0, count: 8 * 44_100)
        if strums {
          GuitarStrums.add(to: &samples, pulse: pulse, level: 0.1, using: &generator)
        } else {
          HandPercussion.add(to: &samples, pulse: pulse, level: 0.1, using: &generator)
        }
        #expect(samples.allSatisfy { $0.isFinite })
        #expect(OnsetMeasure.peak(samples[..<(2 * 44_100 - 4_410)]) == 0)
        #expect(OnsetMeasure.peak(samples[(7 * 44_100)...]) == 0)
        let level = Mixer.loudLevel(samples)
        #expect(level > 0.005 && level < 0.6, "seed \(seed), strums \(strums): \(level)")
      }
    }
  }
}
