internal import DrumNet
package import Transcription

/// How well one song was heard.
package struct SongScore: Sendable {
  package let name: String
  /// Seconds of audio.
  package let duration: Double
  /// Counts per class of each vocabulary at each tolerance.
  package private(set) var counts: [Key: [MatchCounts]] = [:]
  /// Every onset in eight classes, found, missed and invented.
  package let onsets: [JudgedOnset]
  /// `nil` where the beats are not annotated.
  package let beats: BeatMatches?

  package struct Key: Hashable, Sendable {
    package let vocabulary: Vocabulary
    /// Milliseconds.
    package let tolerance: Int
    package init(_ vocabulary: Vocabulary, _ tolerance: Int) {
      self.vocabulary = vocabulary
      self.tolerance = tolerance
    }
  }

  /// Milliseconds; 50 is the published systems' tolerance.
  package static let tolerances = [50, 30, 20]

  package init(
    name: String, duration: Double, estimated: [Onset], annotated: [Onset],
    beats: BeatMatches? = nil
  ) {
    self.name = name
    self.duration = duration
    self.beats = beats
    onsets = JudgedOnset.judge(estimated: estimated, annotated: annotated)
    for vocabulary in Vocabulary.allCases {
      for tolerance in Self.tolerances {
        counts[Key(vocabulary, tolerance)] = vocabulary.classes.indices.map { index in
          let estimates = Self.times(estimated, vocabulary, index)
          let references = Self.times(annotated, vocabulary, index)
          let pairs = OnsetMatching.pairs(
            estimates: estimates, references: references, tolerance: Double(tolerance) / 1_000)
          return MatchCounts(
            matched: pairs.count, estimated: estimates.count, annotated: references.count)
        }
      }
    }
  }

  package func total(_ vocabulary: Vocabulary, _ tolerance: Int) -> MatchCounts {
    counts[Key(vocabulary, tolerance)]!.reduce(MatchCounts(), +)
  }

  /// Ascending times of one class. Two drums of one coarse class struck together (a crash on a
  /// ride) count once: hits of a class within 30 ms of the first are one.
  private static func times(_ onsets: [Onset], _ vocabulary: Vocabulary, _ index: Int) -> [Double] {
    let all = onsets.filter { vocabulary.index(of: $0.drum) == index }.map(\.time).sorted()
    guard vocabulary != .eight else { return all }
    var kept: [Double] = []
    for time in all where kept.isEmpty || time - kept[kept.count - 1] > 0.03 { kept.append(time) }
    return kept
  }
}
