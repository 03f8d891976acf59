import ChartFormat
import Foundation
import TestSupport
import Testing

@Suite("Chart check")
struct ChartCheckTests {
  /// One broken thing and the issue that must be found, alone.
  struct Break: CustomTestStringConvertible, Sendable {
    var kind: ChartIssue.Kind
    var damage: @Sendable (inout Chart) -> Void
    var testDescription: String { kind.rawValue }
  }

  @Test("A good chart has no issues")
  func good() {
    let issues = ChartCheck(
      Self.good, ini: SongINI(metadata: Self.good.metadata), audioDuration: 200
    )
    .issues
    #expect(issues.isEmpty, "\(issues)")
  }

  @Test(
    "Each defect is found under its name",
    arguments: [
      Break(kind: .noSections) { $0.sections = [] },
      Break(kind: .fewSections) { $0.sections.removeLast(2) },
      Break(kind: .duplicateSection) { $0.sections[3].name = $0.sections[2].name },
      Break(kind: .sectionOffBar) { $0.sections[3].tick.value += 48 },
      Break(kind: .badEndEvent) { $0.end = nil },
      Break(kind: .badEndEvent) { $0.end = $0.tracks[.expert]!.notes.last!.tick },
      Break(kind: .noExpert) { $0.tracks[.expert] = nil },
      Break(kind: .missingTier) { $0.tracks[.medium] = nil },
      Break(kind: .difficultyNotReduced) { $0.tracks[.hard] = $0.tracks[.expert] },
      Break(kind: .notASubset) { $0.tracks[.easy]!.notes[4].tick.value += 48 },
      Break(kind: .noteRatio) { chart in
        chart.tracks[.easy]!.notes.removeAll { $0.tick.value / 768 % 4 > 0 && $0.pad > .red }
      },
      Break(kind: .invalidChord) { chart in
        for pad in [DrumPad.red, .blue, .green] {
          chart.tracks[.expert]!.notes.insert(DrumNote(tick: Tick(768 + 96), pad: pad), at: 2)
        }
        chart.tracks[.expert]!.notes.sort { ($0.tick.value, $0.pad) < ($1.tick.value, $1.pad) }
      },
      Break(kind: .doubledKick) { chart in
        chart.tracks[.expert]!.notes.insert(
          DrumNote(tick: Tick(768), pad: .kick, isSecondKick: true), at: 1)
      },
      Break(kind: .difficultyForbiddenNote) { chart in
        chart.tracks[.easy]!.notes.insert(DrumNote(tick: Tick(768), pad: .kick), at: 0)
      },
      Break(kind: .difficultyForbiddenNote) { chart in
        let i = chart.tracks[.hard]!.notes.firstIndex { $0.pad == .kick }!
        chart.tracks[.hard]!.notes[i].isSecondKick = true
      },
      Break(kind: .brokenNote) { chart in
        let i = chart.tracks[.expert]!.notes.lastIndex { $0.pad == .red }!
        var note = chart.tracks[.expert]!.notes[i]
        note.tick.value += 4
        note.pad = .blue
        chart.tracks[.expert]!.notes.insert(note, at: i + 2)
      },
      Break(kind: .noteOrder) { $0.tracks[.expert]!.notes.swapAt(0, 1) },
      Break(kind: .cymbalOnSnare) { chart in
        let i = chart.tracks[.expert]!.notes.firstIndex { $0.pad == .red }!
        chart.tracks[.expert]!.notes[i].isCymbal = true
      },
      Break(kind: .offGrid) { chart in
        for tier in chart.tracks.keys {
          for i in chart.tracks[tier]!.notes.indices where chart.tracks[tier]!.notes[i].pad != .kick
          {
            let tick = chart.tracks[tier]!.notes[i].tick.value
            if tick % 1_536 == 1_536 - 192 { chart.tracks[tier]!.notes[i].tick.value += 5 }
          }
        }
      },
      Break(kind: .emptyStarPower) { chart in
        for tier in chart.tracks.keys {
          chart.tracks[tier]!.starPower[2] = Phrase(
            start: chart.tracks[tier]!.starPower[2].start + Tick(768 - 40), length: Tick(30))
        }
      },
      Break(kind: .starPowerMeetsFill) { chart in
        for tier in chart.tracks.keys {
          chart.tracks[tier]!.fills[2].start = chart.tracks[tier]!.starPower[1].start + Tick(384)
          chart.tracks[tier]!.fills[2].length = Tick(384)
        }
      },
      Break(kind: .fillWithoutEnd) { chart in
        for tier in chart.tracks.keys { chart.tracks[tier]!.fills[1].length.value -= 12 }
      },
      Break(kind: .unequalPhrases) { $0.tracks[.easy]!.starPower.removeLast() },
      Break(kind: .lateStarPower) { chart in
        for tier in chart.tracks.keys {
          chart.tracks[tier]!.starPower.append(Phrase(start: Tick(768 * 82), length: Tick(768)))
        }
      },
      Break(kind: .starPowerRate) { chart in
        for tier in chart.tracks.keys { chart.tracks[tier]!.starPower.removeLast(5) }
      },
      Break(kind: .noDrumActivationLanes) { chart in
        for tier in chart.tracks.keys { chart.tracks[tier]!.fills = [] }
      },
      Break(kind: .fillRate) { chart in
        for tier in chart.tracks.keys { chart.tracks[tier]!.fills.removeLast(12) }
      },
      Break(kind: .emptyFlexLane) { chart in
        chart.tracks[.expert]!.singleRolls = [Phrase(start: Tick(770), length: Tick(20))]
      },
      Break(kind: .emptySoloSection) { chart in
        chart.tracks[.expert]!.solos = [Phrase(start: Tick(770), length: Tick(20))]
      },
    ])
  func defects(_ defect: Break) {
    var chart = Self.good
    defect.damage(&chart)
    let kinds = Set(ChartCheck(chart).issues.map(\.kind))
    #expect(kinds.contains(defect.kind))
    // Nothing else but what follows from the same damage.
    let consequences: [ChartIssue.Kind: Set<ChartIssue.Kind>] = [
      .offGrid: [.fillWithoutEnd], .fewSections: [], .notASubset: [.noteOrder],
      .difficultyNotReduced: [.noteRatio], .missingTier: [.noteRatio],
      .difficultyForbiddenNote: [.notASubset],
    ]
    #expect(
      kinds.subtracting([defect.kind]).isSubset(of: consequences[defect.kind] ?? []), "\(kinds)")
  }

  @Test("Early notes and editors' default tempos are found")
  func timing() {
    var chart = Self.good
    for (tick, kind) in [(768, ChartIssue.Kind.shortLeadIn), (192, .smallLeadingSilence)] {
      chart.tracks[.expert]!.notes[0].tick = Tick(tick / 2)
      #expect(ChartCheck(chart).issues.contains { $0.kind == kind })
    }
    chart = Self.good
    chart.tempoMap = TempoMap(
      resolution: 192, tempos: [.init(tick: .zero, tempo: MilliBPM(120_000))],
      metres: [.init(tick: .zero, signature: .common)])
    #expect(ChartCheck(chart).issues.contains { $0.kind == .isDefaultBPM })
    chart.tempoMap = TempoMap(
      resolution: 192, tempos: [.init(tick: .zero, tempo: MilliBPM(119_000))],
      metres: [
        .init(tick: .zero, signature: .common), .init(tick: Tick(800), signature: .common),
      ])
    #expect(ChartCheck(chart).issues.contains { $0.kind == .misalignedTimeSignature })
  }

  @Test("song.ini is checked against the chart and the audio")
  func metadata() {
    var ini = SongINI(metadata: Self.good.metadata)
    ini.isProDrums = false
    ini.delay = 5
    var chart = Self.good
    chart.metadata.year = ""
    chart.metadata.difficulty = nil
    chart.metadata.previewStart = 300_000
    let kinds = ChartCheck(chart, ini: ini, audioDuration: 176).issues.map(\.kind)
    #expect(
      Set(kinds) == [
        .notProDrums, .nonZeroDelay, .missingValue, .wrongSongLength, .previewAfterEnd, .lateNote,
      ])
    #expect(kinds.count { $0 == .missingValue } == 2)
    chart.metadata.genre = "Unknown Genre"
    let more = ChartCheck(chart, ini: ini).issues
    #expect(more.contains { $0.detail == "song.ini has no genre" })
  }

  @Test("A folder's files are checked by name, pictures by size")
  func folder() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "check-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func write(_ name: String, _ text: String) throws {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    try write("notes.chart", ChartText.write(Self.good))
    try write("song.ini", SongINI(metadata: Self.good.metadata).text())
    try write("song.ogg", "")
    let png: [UInt8] = [
      0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52,
      0, 0, 2, 0, 0, 0, 2, 0,
    ]
    try Data(png).write(to: folder.appending(path: "album.png"))
    #expect(try ChartFolder(path: folder.path).issues().isEmpty)
    try write("other.ogg", "")
    try write("song.mp3", "")
    try write("Notes.chart", "")
    try write("desktop.ini", "")
    try write("video.mp4", "")
    // A JPEG of 100 x 100 pixels: an application block, then the frame header.
    let jpeg: [UInt8] = [
      0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC0, 0, 17, 8, 0, 100, 0, 100, 3,
    ]
    try Data(jpeg).write(to: folder.appending(path: "album.jpg"))
    let kinds = try Set(ChartFolder(path: folder.path).issues().map(\.kind))
    #expect(
      kinds == [
        .invalidAudio, .multipleAudio, .invalidChart, .invalidIni, .badVideo, .multipleAlbumArt,
        .albumArtSize,
      ])
  }

  /// 90 bars of rock at 119 BPM in four tiers with phrases, nine sections and an end.
  static let good: Chart = {
    let bar = 768
    var metadata = SongMetadata(title: "T", artist: "A")
    metadata.year = "2024"
    metadata.genre = "Rock"
    metadata.album = "Album"
    metadata.difficulty = 3
    metadata.songLength = 200_000
    metadata.previewStart = 20_000
    var tracks: [Difficulty: DrumTrack] = [:]
    for tier in Difficulty.allCases {
      var track = DrumTrack()
      for b in 1..<90 {
        for step in 0..<8 {
          let tick = Tick(b * bar + step * 96)
          let isBackbeat = step % 4 == 2
          let keepsKick = tier > .medium || (tier == .medium && step == 0)
          if step == 0 || (step == 5 && tier > .medium) {
            if keepsKick { track.notes.append(DrumNote(tick: tick, pad: .kick)) }
          }
          if isBackbeat { track.notes.append(DrumNote(tick: tick, pad: .red)) }
          let keepsHat =
            switch tier {
            case .expert: true
            case .hard: step % 2 == 0
            case .medium: step % 4 == 0
            case .easy: step == 0
            }
          let cymbal = step % 2 == 0 ? DrumPad.yellow : .blue
          if keepsHat { track.notes.append(DrumNote(tick: tick, pad: cymbal, isCymbal: true)) }
        }
      }
      track.starPower = (0..<9).map { Phrase(start: Tick((5 + 8 * $0) * bar), length: Tick(bar)) }
      track.fills = (0..<20).map { Phrase(start: Tick((7 + 4 * $0) * bar), length: Tick(bar)) }
      tracks[tier] = track
    }
    return Chart(
      metadata: metadata,
      tempoMap: TempoMap(
        resolution: 192, tempos: [.init(tick: .zero, tempo: MilliBPM(119_000))],
        metres: [.init(tick: .zero, signature: .common)]),
      tracks: tracks,
      sections: (0..<9).map { Section(tick: Tick($0 * 10 * bar), name: "Part \($0)") },
      end: Tick(92 * bar))
  }()
}
