/// The sound of unknown rooms, microphones, mixing desks and broadcasts.
package enum RandomFilters {
  /// Two shelves and up to three peaks, a few decibels each.
  package static func equalise(_ samples: inout [Float], using generator: inout SeededGenerator) {
    var filters: [Biquad] = []
    if generator.chance(0.6) {
      filters.append(
        .lowShelf(frequency: generator.logUniform(60, 300), decibels: generator.normal(0, 4)))
    }
    if generator.chance(0.7) {
      filters.append(
        .highShelf(
          frequency: generator.logUniform(2_500, 10_000), decibels: generator.normal(0, 5)))
    }
    for _ in 0..<generator.index(4) {
      filters.append(
        .peak(
          frequency: generator.logUniform(80, 9_000), quality: generator.logUniform(0.5, 3),
          decibels: generator.normal(0, 4)))
    }
    Biquad.apply(filters, to: &samples)
  }

  /// Cuts everything above 4.5 to 16 kHz, as old, broadcast and re-encoded recordings do: without it
  /// a network relies on the top octave and is deaf where there is none.
  package static func lowPass(_ samples: inout [Float], using generator: inout SeededGenerator) {
    let frequency = generator.logUniform(4_500, 16_000)
    // Butterworth of order 4 (tape, speakers) or 8 (the steep edge of encoders).
    let qualities =
      generator.chance(0.5) ? [0.5412, 1.3066] : [0.5098, 0.6013, 0.9, 2.5629]
    Biquad.apply(
      qualities.map { .lowPass(frequency: frequency, quality: $0) }, to: &samples)
  }

  /// Small speakers and cautious mastering.
  package static func highPass(_ samples: inout [Float], using generator: inout SeededGenerator) {
    Biquad.highPass(frequency: generator.logUniform(25, 160)).apply(to: &samples)
  }
}
