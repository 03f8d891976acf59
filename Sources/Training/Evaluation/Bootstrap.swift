/// How much a figure depends on which songs it was measured on (Efron 1979).
enum Bootstrap {
  /// The middle 95 % of the figure over 1,000 seeded resamples of the songs with replacement.
  /// - Parameter figure: of the songs with these numbers, repeats included.
  static func interval(songs: Int, figure: ([Int]) -> Double) -> ClosedRange<Double> {
    guard songs > 0 else { return 0...0 }
    var random = SeededGenerator(seed: 1)
    let samples = (0..<1_000).map { _ in
      figure((0..<songs).map { _ in Int.random(in: 0..<songs, using: &random) })
    }.sorted()
    return samples[25]...samples[974]
  }
}
