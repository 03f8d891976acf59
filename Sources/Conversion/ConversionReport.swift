internal import Audio
package import ChartFormat
internal import DrumNet
internal import Transcription

/// What became of a song: for the log, the ledger and `--json`.
package struct ConversionReport: Codable, Hashable, Sendable {
  /// Path of the chart folder.
  package var folder: String
  /// An older chart of the same song stood there and was replaced.
  package var isReplacement: Bool
  package var title: String
  package var artist: String
  /// The source's format, such as `MP3, 44100 Hz, stereo`.
  package var format: String
  /// Seconds of the source's audio.
  package var songSeconds: Double
  /// Seconds of silence put before it.
  package var leadIn: Double
  /// Seconds of `song.ogg`.
  package var audioSeconds: Double
  /// Expert notes by lane name (`kick`, `red`, `yellow cymbal`, ...); lanes without notes are there.
  package var notes: [String: Int]
  /// Hits per drum class (`kick`, `tom_high`, ...): heard at all, and left out as not sure enough.
  package var heard: [String: Int]
  package var dropped: [String: Int]
  /// Hits kept over all classes.
  package var kept: Int
  /// Mean calibrated probability of the kept hits, 0...1: of all, by drum class (those that were
  /// heard), and by bar of the chart (`null` for bars without hits).
  package var meanConfidence: Double
  package var confidence: [String: Double]
  package var barConfidence: [Double?]
  package var tempoMarkers: Int
  /// BPM: lowest, by time most common, highest.
  package var slowest: Double
  package var typicalTempo: Double
  package var fastest: Double
  package var tempoFit: TempoFit
  /// Notes of each tier (`expert`, `hard`, `medium`, `easy`).
  package var tiers: [String: Int]
  package var sections: [String]
  /// What checkers of charts would complain about; empty for a good chart.
  package var issues: [ChartIssue]
  /// What a person should know before trusting the chart, a sentence each.
  package var warnings: [String]
  /// The model's name.
  package var model: String
  /// Seconds spent in each stage, by `ConversionStage.rawValue`.
  package var stageSeconds: [String: Double]

  /// How far the beats that were heard lie from the lines of the tempo map, in milliseconds.
  package struct TempoFit: Codable, Hashable, Sendable {
    package var median: Double
    package var p95: Double
    package var largest: Double

    /// - Parameter residuals: Seconds.
    init(_ residuals: [Double]) {
      let sizes = residuals.map { abs($0) * 1_000 }.sorted()
      median = sizes.isEmpty ? 0 : sizes[sizes.count / 2]
      p95 = sizes.isEmpty ? 0 : sizes[sizes.count * 95 / 100]
      largest = sizes.last ?? 0
    }
  }

  /// Hits left out over all classes.
  package var droppedTotal: Int { dropped.values.reduce(0, +) }

  /// - Parameter tags: What the song file says about itself.
  init(
    _ song: Transcription, files: ChartFiles.Written, tags: SongTags, format: String,
    model: String
  ) {
    let chart = files.chart
    let facts = ChartFacts(chart)
    let lanes = facts.tiers[.expert]?.lanes ?? []
    folder = ""
    isReplacement = false
    title = chart.metadata.title
    artist = chart.metadata.artist
    self.format = format
    songSeconds = song.duration
    leadIn = song.leadIn
    audioSeconds = Double(chart.metadata.songLength) / 1_000
    notes = Dictionary(
      uniqueKeysWithValues: ChartFacts.Lane.allCases.map {
        ($0.name, lanes.indices.contains($0.rawValue) ? lanes[$0.rawValue] : 0)
      })
    func named(_ counts: [DrumClass: Int]) -> [String: Int] {
      Dictionary(uniqueKeysWithValues: DrumClass.allCases.map { ($0.name, counts[$0] ?? 0) })
    }
    heard = named(song.heard)
    dropped = named(song.dropped)
    kept = song.onsets.count
    meanConfidence = Self.mean(song.onsets.map(\.confidence)) ?? 0
    confidence = Dictionary(grouping: song.onsets, by: \.drum.name)
      .compactMapValues { Self.mean($0.map(\.confidence)) }
    barConfidence = Self.barConfidence(song, chart)
    tempoMarkers = facts.tempoMarkers
    slowest = facts.slowest
    typicalTempo = facts.typicalTempo
    fastest = facts.fastest
    tempoFit = TempoFit(song.beatResiduals)
    tiers = Dictionary(
      uniqueKeysWithValues: chart.tracks.map { ("\($0.key)", $0.value.notes.count) })
    sections = chart.sections.map(\.name)
    issues = files.issues
    warnings =
      ConversionWarnings(song: song, chart: chart, tags: tags, gain: files.gain).sentences
    self.model = model
    stageSeconds = [:]
  }

  private static func barConfidence(_ song: Transcription, _ chart: Chart) -> [Double?] {
    let last = chart.tracks.values.compactMap { $0.notes.last?.tick }.max() ?? .zero
    let lines = chart.tempoMap.barLines(through: last + Tick(1))
    var bars = [[Double]](repeating: [], count: max(0, lines.count - 1))
    var bar = 0
    for hit in song.gridOnsets.sorted(by: { $0.tick < $1.tick }) {
      while bar + 1 < bars.count, lines[bar + 1] <= hit.tick { bar += 1 }
      if bars.indices.contains(bar), hit.tick <= last { bars[bar].append(hit.onset.confidence) }
    }
    // Two decimals tell enough, and keep the report short.
    return bars.map { mean($0).map { ($0 * 100).rounded() / 100 } }
  }

  static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
