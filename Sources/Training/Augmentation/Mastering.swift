/// The chain of random changes between the instruments and the listener.
package struct Mastering: Sendable {
  private let reverb: Reverb
  private let lowPassProbability: Double

  package init(reverb: Reverb, lowPassProbability: Double) {
    self.reverb = reverb
    self.lowPassProbability = lowPassProbability
  }

  /// What happens to one drum's channel: two filters, now and then its own compressor or room.
  package func treatChannel(_ samples: inout [Float], using generator: inout SeededGenerator) {
    let peak = Biquad.peak(
      frequency: generator.logUniform(60, 10_000), quality: generator.logUniform(0.5, 3),
      decibels: generator.normal(0, 5))
    let shelf = Biquad.highShelf(
      frequency: generator.logUniform(2_000, 9_000), decibels: generator.normal(0, 5))
    Biquad.apply([peak, shelf], to: &samples)
    if generator.chance(0.25) {
      Dynamics.compress(
        &samples, threshold: generator.uniform(-24, -8), ratio: generator.logUniform(2, 8),
        attack: generator.logUniform(0.002, 0.03), release: generator.logUniform(0.04, 0.3))
    }
    if generator.chance(0.15) {
      reverb.apply(to: &samples, decibels: generator.uniform(-20, -3), using: &generator)
    }
  }

  /// What happens to the drums alone, before the other instruments join.
  package func treatDrums(_ samples: inout [Float], using generator: inout SeededGenerator) {
    if generator.chance(0.3) {
      RandomFilters.equalise(&samples, using: &generator)
    }
    if generator.chance(0.4) {
      reverb.apply(
        to: &samples, decibels: generator.uniform(-22, -4), using: &generator)
    }
    if generator.chance(0.35) {
      Dynamics.compress(
        &samples, threshold: generator.uniform(-24, -8), ratio: generator.logUniform(2, 10),
        attack: generator.logUniform(0.002, 0.03), release: generator.logUniform(0.04, 0.3))
    }
    if generator.chance(0.2) {
      Dynamics.saturate(&samples, drive: Float(generator.logUniform(0.5, 4)))
    }
  }

  /// What happens to the other instruments: other microphones, and guitars through an amplifier. The
  /// level stays.
  package func treatMusic(_ samples: inout [Float], using generator: inout SeededGenerator) {
    let before = OnsetMeasure.rootMeanSquare(samples)
    guard before > 0 else { return }
    if generator.chance(0.3) {
      Dynamics.saturate(&samples, drive: Float(generator.logUniform(2, 25)))
      if generator.chance(0.5) {
        Biquad.lowPass(frequency: generator.logUniform(3_000, 9_000)).apply(to: &samples)
      }
    }
    if generator.chance(0.5) { RandomFilters.equalise(&samples, using: &generator) }
    let after = OnsetMeasure.rootMeanSquare(samples)
    guard after > 0 else { return }
    let gain = before / after
    for i in samples.indices { samples[i] *= gain }
  }

  /// What happens to the whole mix.
  package func treatMix(_ samples: inout [Float], using generator: inout SeededGenerator) {
    if generator.chance(0.75) { RandomFilters.equalise(&samples, using: &generator) }
    if generator.chance(0.12) {
      reverb.apply(to: &samples, decibels: generator.uniform(-24, -8), using: &generator)
    }
    if generator.chance(0.35) {
      Dynamics.compress(
        &samples, threshold: generator.uniform(-20, -6), ratio: generator.logUniform(1.5, 5),
        attack: generator.logUniform(0.003, 0.04), release: generator.logUniform(0.05, 0.4))
    }
    if generator.chance(0.4) {
      Dynamics.limit(&samples, decibels: generator.uniform(-3, 9))
    }
    if generator.chance(0.2) { RandomFilters.highPass(&samples, using: &generator) }
    if generator.chance(lowPassProbability) {
      RandomFilters.lowPass(&samples, using: &generator)
    }
    if generator.chance(0.35) {
      let level =
        OnsetMeasure.rootMeanSquare(samples) * generator.gain(decibels: -65, -30)
      Noise.add(
        to: &samples, level: max(level, 1e-6),
        darkness: Float(generator.pick([0, 0.5, 0.9, 0.98])),
        using: &generator)
    }
    setPeak(
      &samples,
      decibels: generator.chance(0.7) ? generator.uniform(-4, 0) : generator.uniform(-18, -4))
  }

  private func setPeak(_ samples: inout [Float], decibels: Double) {
    let peak = OnsetMeasure.peak(samples)
    guard peak > 1e-4 else { return }
    let gain = amplitude(decibels: decibels) / peak
    for i in samples.indices { samples[i] *= gain }
  }
}
