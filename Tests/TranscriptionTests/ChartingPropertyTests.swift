import ChartFormat
import DrumNet
import Testing

@testable import Transcription

/// Whatever was heard, the chart must be one that games and checkers accept.
@Suite("Charting of anything")
struct ChartingPropertyTests {
  /// Issues that come from the random hits or from the test's own metadata.
  private static let expected: Set<ChartIssue.Kind> = [
    .smallLeadingSilence, .shortLeadIn, .offGrid, .isDefaultBPM, .missingValue, .oneLane,
    .noteRatio, .starPowerRate, .fillRate, .lateNote, .fewSections,
  ]

  @Test("Random hits on random maps give charts without errors", arguments: 0..<24)
  func random(seed: UInt64) throws {
    var generator = HitGenerator(seed: seed)
    let (map, onsets) = generator.song()
    let duration = map.seconds(at: onsets.map(\.tick).max() ?? .zero) + 3
    let chart = Charting.chart(
      onsets: onsets, tempoMap: map, metadata: SongMetadata(title: "T", artist: "A"),
      audioDuration: duration)
    let issues = ChartCheck(chart, ini: SongINI(metadata: chart.metadata), audioDuration: duration)
      .issues.filter { !Self.expected.contains($0.kind) }
    if onsets.isEmpty {
      #expect(issues.map(\.kind) == [.noNotes])
    } else {
      #expect(issues.isEmpty, "\(issues)")
      #expect(chart.tracks.count == 4)
    }
    // Two hands, and one foot for all but the second kicks.
    let expert = chart.tracks[.expert]?.notes ?? []
    let hands = Dictionary(grouping: expert.filter { $0.pad != .kick }, by: \.tick)
    #expect(hands.values.allSatisfy { $0.count <= 2 })
    let kicks = expert.filter { $0.pad == .kick && !$0.isSecondKick }
      .map { map.seconds(at: $0.tick) }
    #expect(zip(kicks, kicks.dropFirst()).allSatisfy { $1 - $0 >= SecondKicks.pairGap - 1e-9 })
    // Never a note where nothing was heard.
    let heard = Set(onsets.map(\.tick))
    for track in chart.tracks.values { #expect(track.notes.allSatisfy { heard.contains($0.tick) }) }
    #expect(try ChartText.read(ChartText.write(chart)).tracks == chart.tracks)
    #expect(
      try ChartMIDI.read(ChartMIDI.write(chart)).tracks[.easy]?.notes == chart.tracks[.easy]?.notes)
  }

  @Test("The same hits in any order give the same chart")
  func deterministic() {
    var generator = HitGenerator(seed: 99)
    let (map, onsets) = generator.song()
    let charts = (0..<3).map { _ in
      Charting.chart(
        onsets: onsets.shuffled(using: &generator.random), tempoMap: map,
        metadata: SongMetadata(title: "T", artist: "A"), audioDuration: 1_000)
    }
    #expect(charts[0] == charts[1] && charts[1] == charts[2])
  }

  @Test(
    "Odd metres, extreme tempos and long songs chart as well as any",
    arguments: [
      (40_000, TimeSignature.common, 60), (300_000, .common, 300),
      (140_000, TimeSignature(beats: 5, unit: 4), 90),
      (150_000, TimeSignature(beats: 7, unit: 8), 120),
      (120_500, TimeSignature(beats: 6, unit: 8), 150), (130_000, .common, 390),
    ])
  func metres(tempo: Int, signature: TimeSignature, bars: Int) {
    var song = WrittenSong(tempo: tempo)
    song.signature = signature
    let steps = signature.beats * 16 / signature.unit
    func row(_ marks: (Int) -> Bool) -> String {
      String((0..<steps).map { marks($0) ? "x" : "." as Character })
    }
    for bar in 2..<bars {
      song.add([
        .kick: row { $0 == 0 || $0 == 6 }, .snare: row { $0 % 8 == 4 },
        .hihat: row { $0 % 2 == 0 && !($0 == 0 && bar % 8 == 0) },
        .crash: row { $0 == 0 && bar % 8 == 0 },
        .tomLow: row { $0 + 2 >= steps && bar % 4 == 3 },
      ])
    }
    let chart = song.chart()
    let issues = ChartCheck(chart, audioDuration: song.duration).issues
      .filter { ![.isDefaultBPM, .shortLeadIn, .noteRatio, .oneLane].contains($0.kind) }
    #expect(issues.isEmpty, "\(issues)")
  }
}

/// Random drummers: some sane, some not.
private struct HitGenerator {
  var random: SplitMix

  init(seed: UInt64) { random = SplitMix(state: seed) }

  mutating func song() -> (TempoMap, [GridOnset]) {
    let resolution = Bool.random(using: &random) ? 192 : 480
    let signatures = [
      TimeSignature.common, .common, TimeSignature(beats: 3, unit: 4),
      TimeSignature(beats: 7, unit: 8), TimeSignature(beats: 12, unit: 8),
    ]
    var metres: [TempoMap.Metre] = []
    var tempos: [TempoMap.Tempo] = []
    var line = Tick.zero
    let bars = Int.random(in: 1...120, using: &random)
    let base = Int.random(in: 50_000...220_000, using: &random)
    for bar in 0..<bars {
      if bar == 0 || Int.random(in: 0..<30, using: &random) == 0 {
        let signature = signatures.randomElement(using: &random)!
        if metres.last?.signature != signature {
          metres.append(.init(tick: line, signature: signature))
        }
      }
      if bar == 0 || Bool.random(using: &random) {
        let tempo = base + Int.random(in: -2_000...2_000, using: &random)
        tempos.append(.init(tick: line, tempo: MilliBPM(tempo)))
      }
      let signature = metres[metres.count - 1].signature
      line = line + Tick(resolution * 4 * signature.beats / signature.unit)
    }
    let map = TempoMap(resolution: resolution, tempos: tempos, metres: metres)
    var onsets: [GridOnset] = []
    let density = [0, 0.02, 0.1, 0.3, 0.9].randomElement(using: &random)!
    let step = [resolution / 4, resolution / 8, resolution / 6].randomElement(using: &random)!
    for tick in stride(from: resolution * 4, to: max(resolution * 4, line.value), by: step) {
      for drum in DrumClass.allCases where Double.random(in: 0..<1, using: &random) < density {
        onsets.append(onset(drum, Tick(tick), map))
        if Int.random(in: 0..<20, using: &random) == 0 {
          onsets.append(onset(drum, Tick(tick), map))
        }
      }
    }
    return (map, onsets)
  }

  mutating func onset(_ drum: DrumClass, _ tick: Tick, _ map: TempoMap) -> GridOnset {
    GridOnset(
      tick: tick,
      onset: Onset(
        time: map.seconds(at: tick) + Double.random(in: -0.03...0.03, using: &random), drum: drum,
        velocity: Int.random(in: 1...127, using: &random),
        confidence: Double.random(in: 0...1, using: &random),
        isOpen: drum == .hihat && Bool.random(using: &random)))
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
