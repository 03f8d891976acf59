package import DrumNet
internal import Transcription

/// The scores of a set of songs, pooled, with what a person asks of them.
package struct ScoreTable: Sendable {
  package let title: String
  package let songs: [SongScore]

  package init(title: String, songs: [SongScore]) {
    self.title = title
    self.songs = songs
  }

  package var minutes: Double { songs.reduce(0) { $0 + $1.duration } / 60 }

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

  /// Bootstrap 95 % interval of the pooled F over songs.
  package func interval(_ vocabulary: Vocabulary, _ tolerance: Int = 50) -> ClosedRange<Double> {
    let each = songs.map { $0.total(vocabulary, tolerance) }
    return Bootstrap.interval(songs: songs.count) { picked in
      picked.reduce(MatchCounts()) { $0 + each[$1] }.f
    }
  }

  /// Estimated minus annotated time per class (s), ascending; empty where nothing matched.
  private func offsets(_ drum: DrumClass) -> [Double] {
    songs.flatMap { song in
      song.onsets.compactMap { onset in
        guard onset.drum == drum, let estimate = onset.estimate, let annotation = onset.annotation
        else { return nil }
        return estimate.time - annotation.time
      }
    }.sorted()
  }

  /// Median of estimated minus annotated time per class (s), `nil` where nothing matched.
  package func medianOffset(_ drum: DrumClass) -> Double? {
    let all = offsets(drum)
    return all.isEmpty ? nil : all[all.count / 2]
  }

  /// Half of the middle 50 % of the same (s).
  package func offsetSpread(_ drum: DrumClass) -> Double? {
    let all = offsets(drum)
    return all.isEmpty ? nil : (all[all.count * 3 / 4] - all[all.count / 4]) / 2
  }

  /// Found of annotated onsets by the speed of the drum's strokes.
  package var recallByInterval: [(interval: OnsetInterval, counts: MatchCounts)] {
    let real = songs.flatMap(\.onsets).filter { $0.annotation != nil }
    return OnsetInterval.allCases.map { interval in
      let these = real.filter { $0.interval == interval }
      let found = these.count { $0.estimate != nil }
      return (interval, MatchCounts(matched: found, estimated: found, annotated: these.count))
    }
  }

  /// Onsets per minute that were heard and are not there.
  package var inventedPerMinute: Double {
    DrumClass.allCases.reduce(0) { $0 + inventedPerMinute(of: $1) }
  }

  package func inventedPerMinute(of drum: DrumClass) -> Double {
    guard minutes > 0 else { return 0 }
    let invented = songs.reduce(0) { sum, song in
      sum + song.onsets.count { $0.drum == drum && $0.annotation == nil }
    }
    return Double(invented) / minutes
  }

  /// Whether nothing is annotated at all: then only what was invented counts.
  package var isDrumFree: Bool { total(.eight).annotated == 0 }

  /// Over the songs with annotated beats, `nil` where there is none.
  package var beats: BeatMatches? {
    let all = songs.compactMap(\.beats)
    return all.isEmpty ? nil : all.reduce(BeatMatches(), +)
  }

  /// Whether hits of a confidence of 0.7 are real in 70 of 100 cases.
  package var reliability: Reliability { Reliability(of: songs.flatMap(\.onsets)) }

  /// Pearson correlation of estimated with annotated velocity, `nil` below ten pairs.
  package var velocityCorrelation: Double? {
    let pairs = songs.flatMap(\.onsets).compactMap { onset -> (Double, Double)? in
      guard let estimate = onset.estimate, let annotation = onset.annotation,
        annotation.velocity > 0
      else { return nil }
      return (Double(estimate.velocity), Double(annotation.velocity))
    }
    guard pairs.count >= 10 else { return nil }
    let n = Double(pairs.count)
    let meanE = pairs.reduce(0) { $0 + $1.0 } / n
    let meanA = pairs.reduce(0) { $0 + $1.1 } / n
    let covariance = pairs.reduce(0) { $0 + ($1.0 - meanE) * ($1.1 - meanA) }
    let varianceE = pairs.reduce(0) { $0 + ($1.0 - meanE) * ($1.0 - meanE) }
    let varianceA = pairs.reduce(0) { $0 + ($1.1 - meanA) * ($1.1 - meanA) }
    guard varianceE > 0, varianceA > 0 else { return nil }
    return covariance / (varianceE * varianceA).squareRoot()
  }
}
