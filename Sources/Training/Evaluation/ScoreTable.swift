package import DrumNet

/// The scores of a set of songs, pooled, with what a person asks of them.
package struct ScoreTable: Sendable {
  package let title: String
  package let songs: [SongScore]

  package init(title: String, songs: [SongScore]) {
    self.title = title
    self.songs = songs
  }

  /// Pooled counts per class.
  package func counts(_ vocabulary: Vocabulary, _ tolerance: Int = 50) -> [MatchCounts] {
    vocabulary.classes.indices.map { index in
      songs.reduce(MatchCounts()) {
        $0 + $1.counts[SongScore.Key(vocabulary, tolerance)]![index]
      }
    }
  }

  /// Pooled over songs and classes: the published systems' "sum F".
  package func total(_ vocabulary: Vocabulary, _ tolerance: Int = 50) -> MatchCounts {
    counts(vocabulary, tolerance).reduce(MatchCounts(), +)
  }

  /// Bootstrap 95 % interval of the pooled F over songs: 1,000 resamples, seeded.
  package func interval(_ vocabulary: Vocabulary, _ tolerance: Int = 50) -> ClosedRange<Double> {
    var random = SeededGenerator(seed: 1)
    let each = songs.map { $0.total(vocabulary, tolerance) }
    guard !each.isEmpty else { return 0...0 }
    let samples = (0..<1_000).map { _ in
      each.indices.reduce(MatchCounts()) { sum, _ in
        sum + each[Int.random(in: each.indices, using: &random)]
      }.f
    }.sorted()
    return samples[25]...samples[974]
  }

  /// Median of estimated minus annotated time per class (s), `nil` where nothing matched.
  package func medianOffset(_ drum: DrumClass) -> Double? {
    let all = songs.flatMap { $0.offsets[drum.rawValue] }.sorted()
    return all.isEmpty ? nil : all[all.count / 2]
  }

  /// Pearson correlation of estimated with annotated velocity, `nil` below ten pairs.
  package var velocityCorrelation: Double? {
    let pairs = songs.flatMap(\.velocities)
    guard pairs.count >= 10 else { return nil }
    let n = Double(pairs.count)
    let meanE = pairs.reduce(0) { $0 + $1.estimated } / n
    let meanA = pairs.reduce(0) { $0 + $1.annotated } / n
    let covariance = pairs.reduce(0) { $0 + ($1.estimated - meanE) * ($1.annotated - meanA) }
    let varianceE = pairs.reduce(0) { $0 + ($1.estimated - meanE) * ($1.estimated - meanE) }
    let varianceA = pairs.reduce(0) { $0 + ($1.annotated - meanA) * ($1.annotated - meanA) }
    guard varianceE > 0, varianceA > 0 else { return nil }
    return covariance / (varianceE * varianceA).squareRoot()
  }
}
