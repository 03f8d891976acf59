internal import ChartFormat
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
  /// Mean calibrated probability of the kept hits, 0...1.
  package var meanConfidence: Double
  package var tempoMarkers: Int
  /// BPM: lowest, by time most common, highest.
  package var slowest: Double
  package var typicalTempo: Double
  package var fastest: Double
  /// The model's name.
  package var model: String
  /// Seconds spent in each stage, by `ConversionStage.rawValue`.
  package var stageSeconds: [String: Double]

  /// Hits left out over all classes.
  package var droppedTotal: Int { dropped.values.reduce(0, +) }

  init(_ song: Transcription, chart: Chart, format: String, model: String) {
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
    let confidence = song.onsets.reduce(0) { $0 + $1.confidence }
    meanConfidence = song.onsets.isEmpty ? 0 : confidence / Double(song.onsets.count)
    tempoMarkers = facts.tempoMarkers
    slowest = facts.slowest
    typicalTempo = facts.typicalTempo
    fastest = facts.fastest
    self.model = model
    stageSeconds = [:]
  }
}
