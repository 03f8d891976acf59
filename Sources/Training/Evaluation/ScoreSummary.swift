import DrumNet

/// A ``ScoreTable`` for machines.
package struct ScoreSummary: Codable, Sendable {
  /// F, precision and recall at 50 ms, F at 30 and 20 ms.
  package struct Figures: Codable, Sendable {
    package var f: Double
    package var precision: Double
    package var recall: Double
    package var f30: Double
    package var f20: Double
    package var annotated: Int
  }

  package struct Song: Codable, Sendable {
    package var name: String
    package var f5: Double
    package var f8: Double
    package var anyOnset: Double
    /// F of beats and bar lines at 70 ms; `nil` where they are not annotated.
    package var beats: Double?
    package var downbeats: Double?
  }

  package var title: String
  package var recordings: Int
  package var minutes: Double
  package var f5: Double
  package var f8: Double
  package var anyOnset: Double
  /// Lower and upper end of the bootstrap 95 % interval of `f5` and `f8`.
  package var interval5: [Double]
  package var interval8: [Double]
  /// Per class of both vocabularies.
  package var classes: [String: Figures]
  /// Seconds, per class: the median of estimated minus annotated time.
  package var offsets: [String: Double]
  /// Recall by the interval of a drum's strokes.
  package var intervals: [String: Double]
  package var inventedPerMinute: Double
  package var inventedPerMinuteOfClass: [String: Double]
  package var velocityCorrelation: Double?
  package var beats: BeatMatches?
  package var reliability: Reliability
  package var songs: [Song]

  package init(_ table: ScoreTable) {
    title = table.title
    recordings = table.songs.count
    minutes = table.minutes
    f5 = table.total(.five).f
    f8 = table.total(.eight).f
    anyOnset = table.total(.any).f
    func ends(_ range: ClosedRange<Double>) -> [Double] { [range.lowerBound, range.upperBound] }
    interval5 = ends(table.interval(.five))
    interval8 = ends(table.interval(.eight))
    classes = [:]
    for vocabulary in [Vocabulary.five, .eight] {
      let (at50, at30, at20) = (
        table.counts(vocabulary), table.counts(vocabulary, 30), table.counts(vocabulary, 20)
      )
      for (index, name) in vocabulary.classes.enumerated()
      where at50[index].annotated + at50[index].estimated > 0 {
        classes[name] = Figures(
          f: at50[index].f, precision: at50[index].precision, recall: at50[index].recall,
          f30: at30[index].f, f20: at20[index].f, annotated: at50[index].annotated)
      }
    }
    offsets = [:]
    for drum in DrumClass.allCases { offsets[drum.name] = table.medianOffset(drum) }
    intervals = [:]
    for (interval, counts) in table.recallByInterval where counts.annotated > 0 {
      intervals[interval.title] = counts.recall
    }
    inventedPerMinute = table.inventedPerMinute
    inventedPerMinuteOfClass = [:]
    for drum in DrumClass.allCases {
      inventedPerMinuteOfClass[drum.name] = table.inventedPerMinute(of: drum)
    }
    velocityCorrelation = table.velocityCorrelation
    beats = table.beats
    reliability = table.reliability
    songs = table.songs.map {
      Song(
        name: $0.name, f5: $0.total(.five, 50).f, f8: $0.total(.eight, 50).f,
        anyOnset: $0.total(.any, 50).f,
        beats: $0.beats?.beats70.f, downbeats: $0.beats?.downbeats70.f)
    }
  }
}
