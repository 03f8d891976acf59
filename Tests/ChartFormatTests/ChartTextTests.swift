import ChartFormat
import Foundation
import TestSupport
import Testing

@Suite("Chart text")
struct ChartTextTests {
  @Test("Reading what was written gives the same chart", arguments: 0..<25)
  func roundTrip(seed: UInt64) throws {
    var generator = ChartGenerator(seed: seed)
    let chart = generator.chart()
    let text = ChartText.write(chart)
    let back = try ChartText.read(text)
    #expect(back.metadata == chart.metadata)
    #expect(back.tempoMap == chart.tempoMap)
    #expect(back.sections == chart.sections)
    for tier in Difficulty.allCases { #expect(back.tracks[tier] == chart.tracks[tier]) }
    #expect(back == chart)
    #expect(ChartText.write(back) == text)
  }

  @Test("Solos that touch and empty ones in between come back as they were")
  func touchingSolos() throws {
    var chart = Self.small
    chart.tracks[.expert]?.solos = [(0, 96), (96, 0), (96, 0), (96, 96), (192, 96)].map {
      Phrase(start: Tick($0.0), length: Tick($0.1))
    }
    let again = try ChartText.read(ChartText.write(chart))
    #expect(again.tracks[.expert]?.solos == chart.tracks[.expert]?.solos)
  }

  @Test("A small chart is written exactly as the format document has it")
  func exactForm() throws {
    let text = ChartText.write(Self.small)
    let golden = try String(contentsOf: Repository.fixture("charts/small.chart"), encoding: .utf8)
    #expect(text == golden)
  }

  @Test("Titles cannot break the file: quotes, brackets and line breaks are replaced")
  func hostileStrings() throws {
    var chart = Self.small
    chart.metadata.title = "A \"b\" [ExpertDrums]\r\n}\u{2028}[Song]\u{85}{"
    chart.sections[0].name = "Verse\n\"1\" [x]"
    let back = try ChartText.read(ChartText.write(chart))
    #expect(back.metadata.title == "A 'b' (ExpertDrums) } (Song) {")
    #expect(back.sections[0].name == "Verse '1' (x)")
    #expect(back.tracks == chart.tracks)
  }

  @Test("Byte marks, line ends, tabs, spaces and unsorted lines of real charts are read")
  func forgiving() throws {
    let text = ChartText.write(Self.small)
    let variants = [
      "\u{FEFF}" + text,
      text.replacing("\n", with: "\r\n"),
      text.replacing("\n", with: "\r"),
      text.replacing("  ", with: "\t").replacing(" = ", with: "="),
      text.replacing("N ", with: "N   ").replacing("\n", with: "\n\n"),
      text.replacing("]\n{", with: "] {"),
      "// made by hand\n" + text + "[ExpertSingle]\n{\n  0 = N 7 0\n  nonsense\n}\n",
      text.replacing("  768 = N 0 0\n", with: "")
        .replacing("[ExpertDrums]\n{\n", with: "[ExpertDrums]\n{\n  768 = N 0 0\n  0 = H 4\n"),
    ]
    for variant in variants { #expect(try ChartText.read(variant) == Self.small) }
    var utf16: [UInt8] = [0xFF, 0xFE]
    for unit in text.utf16 { utf16 += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
    #expect(try ChartText.read(utf16) == Self.small)
    let latin1 = text.replacing("Title", with: "T\u{FC}tle").unicodeScalars.map { UInt8($0.value) }
    #expect(try ChartText.read(latin1).metadata.title == "Tütle")
  }

  @Test(
    "Files that would shift time are refused with file and line",
    arguments: [
      (
        "Resolution = 192", "Resolution = 192.0",
        "notes.chart, line 9: \"192.0\" is no usable resolution"
      ),
      ("  Resolution = 192\n", "", "notes.chart: [Song] has no Resolution"),
      ("B 120000", "B 120000.5", "notes.chart, line 21: \"B 120000.5\" is no usable tempo"),
      ("B 120000", "B 0", "notes.chart, line 21: \"B 0\" is no usable tempo"),
      ("TS 4", "TS 4/4", "notes.chart, line 20: \"TS 4/4\" is no usable time signature"),
      ("[SyncTrack]", "[synctrack]", "notes.chart: there is no [SyncTrack] section"),
      (
        "768 = N 0 0", "-768 = N 0 0",
        "notes.chart, line 32: \"-768\" is no position (a whole number)"
      ),
      (
        "768 = N 0 0", "99999999999 = N 0 0",
        "notes.chart, line 32: position 99999999999 is beyond the end of any song"
      ),
    ])
  func refused(old: String, new: String, message: String) throws {
    let text = ChartText.write(Self.small)
    try #require(text.contains(old))
    let range = text.range(of: old)!
    let broken = text.replacingCharacters(in: range, with: new)
    let error = #expect(throws: ChartError.self) { try ChartText.read(broken) }
    #expect(error?.description == message)
  }

  @Test("A file that is cut off is refused")
  func cutOff() {
    let text = ChartText.write(Self.small)
    #expect(throws: ChartError.self) { try ChartText.read(String(text.dropLast(3))) }
  }

  @Test("A five-lane chart becomes four lanes with cymbals")
  func fiveLane() throws {
    var text = ChartText.write(Self.small)
    let start = text.range(of: "[ExpertDrums]")!.lowerBound
    text =
      text[..<start] + """
        [ExpertDrums]
        {
          0 = N 0 0
          0 = N 2 0
          192 = N 3 0
          384 = N 4 0
          576 = N 4 0
          576 = N 5 0
        }

        """
    let notes = try ChartText.read(text).tracks[.expert]!.notes
    #expect(
      notes == [
        DrumNote(tick: Tick(0), pad: .kick),
        DrumNote(tick: Tick(0), pad: .yellow, isCymbal: true),
        DrumNote(tick: Tick(192), pad: .blue),
        DrumNote(tick: Tick(384), pad: .green, isCymbal: true),
        DrumNote(tick: Tick(576), pad: .blue, isCymbal: true),
        DrumNote(tick: Tick(576), pad: .green),
      ])
  }

  @Test("Both feet on one tick are one kick")
  func doubledKick() throws {
    let text = ChartText.write(Self.small)
      .replacing("  768 = N 0 0\n", with: "  768 = N 0 0\n  768 = N 32 0\n")
    #expect(try ChartText.read(text) == Self.small)
  }

  /// One bar of silence, then a beat with everything in it.
  static var small: Chart {
    var metadata = SongMetadata(title: "Title", artist: "Artist")
    metadata.album = "Album"
    metadata.genre = "Rock"
    metadata.year = "2024"
    metadata.charter = "Name"
    metadata.difficulty = 4
    metadata.previewStart = 61_000
    var track = DrumTrack()
    track.notes = [
      DrumNote(tick: Tick(768), pad: .kick),
      DrumNote(tick: Tick(768), pad: .green, isCymbal: true, dynamic: .accent),
      DrumNote(tick: Tick(864), pad: .yellow, isCymbal: true),
      DrumNote(tick: Tick(912), pad: .red, dynamic: .ghost),
      DrumNote(tick: Tick(960), pad: .red),
      DrumNote(tick: Tick(960), pad: .blue, isCymbal: true),
      DrumNote(tick: Tick(1_008), pad: .kick, isSecondKick: true),
      DrumNote(tick: Tick(1_536), pad: .yellow),
    ]
    track.starPower = [Phrase(start: Tick(768), length: Tick(768))]
    track.fills = [Phrase(start: Tick(1_152), length: Tick(384))]
    track.singleRolls = [Phrase(start: Tick(912), length: Tick(96))]
    track.solos = [Phrase(start: Tick(960), length: Tick(48))]
    return Chart(
      metadata: metadata,
      tempoMap: TempoMap(
        resolution: 192,
        tempos: [.init(tick: .zero, tempo: MilliBPM(120_000))],
        metres: [
          .init(tick: .zero, signature: .common),
          .init(tick: Tick(1_536), signature: TimeSignature(beats: 7, unit: 8)),
        ]),
      tracks: [.expert: track],
      sections: [Section(tick: .zero, name: "Intro"), Section(tick: Tick(768), name: "Verse 1A")],
      end: Tick(2_208))
  }
}
