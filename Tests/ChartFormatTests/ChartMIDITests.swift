import ChartFormat
import Foundation
import TestSupport
import Testing

@Suite("MIDI charts")
struct ChartMIDITests {
  @Test(
    "Reading what was written gives the same notes, phrases, sections and tempo map",
    arguments: 0..<25)
  func roundTrip(seed: UInt64) throws {
    var generator = ChartGenerator(seed: seed)
    let chart = Self.inMIDI(generator.chart())
    guard !chart.tracks.isEmpty else { return }
    let back = try ChartMIDI.read(ChartMIDI.write(chart))
    #expect(back.tempoMap == chart.tempoMap)
    #expect(back.sections == chart.sections)
    #expect(back.end == chart.end)
    for tier in Difficulty.allCases {
      #expect(back.tracks[tier]?.notes == chart.tracks[tier]?.notes)
      #expect(back.tracks[tier]?.starPower == chart.tracks[tier]?.starPower)
    }
    #expect(back.tracks == chart.tracks)
  }

  @Test("The bytes are those of a Standard MIDI File of type 1 with three named tracks")
  func form() throws {
    let midi = try MIDIFile(bytes: ChartMIDI.write(ChartTextTests.small))
    #expect(midi.format == 1)
    #expect(midi.ticksPerQuarter == 192)
    #expect(midi.tracks.map(\.name) == ["Title", "PART DRUMS", "EVENTS"])
    let drums = midi.tracks[1].events
    // All five fill lanes, same start and same end.
    for lane in UInt8(120)...124 {
      let ticks = drums.compactMap { event -> Int? in
        switch event.kind {
        case .noteOn(_, lane, _), .noteOff(_, lane): event.tick
        default: nil
        }
      }
      #expect(ticks == [1_152, 1_536])
    }
    #expect(drums.contains { $0.kind == .text(type: 1, "[ENABLE_CHART_DYNAMICS]") })
  }

  @Test("Tom markers end where they end, disco flips are undone, codas are no fills")
  func rockBand() throws {
    func on(_ tick: Int, _ note: UInt8) -> MIDIFile.Event {
      .init(tick: tick, kind: .noteOn(channel: 0, note: note, velocity: 100))
    }
    func off(_ tick: Int, _ note: UInt8) -> MIDIFile.Event {
      .init(tick: tick, kind: .noteOff(channel: 0, note: note))
    }
    func text(_ tick: Int, _ text: String) -> MIDIFile.Event {
      .init(tick: tick, kind: .text(type: 1, text))
    }
    let drums: [MIDIFile.Event] = [
      .init(tick: 0, kind: .text(type: 3, "PART DRUMS")),
      on(0, 98), on(0, 110), off(60, 98), on(240, 98), off(240, 110), off(300, 98),
      text(480, "[mix 3 drums0d]"), on(480, 97), off(500, 97), on(720, 98), off(740, 98),
      text(960, "[mix 3 drums0]"), on(960, 97), on(960, 96), on(960, 95),
      off(980, 97), off(980, 96), off(980, 95), on(1_000, 95), off(1_020, 95),
      on(1_440, 120), off(1_920, 120), on(2_400, 120), off(2_880, 120), on(2_880, 100),
    ]
    let events: [MIDIFile.Event] = [
      .init(tick: 0, kind: .text(type: 3, "EVENTS")), text(0, "[prc_verse_1a]"),
      text(2_400, "[coda]"), text(2_900, "[end]"),
    ]
    let midi = MIDIFile(
      ticksPerQuarter: 480,
      tracks: [.init(events: []), .init(events: drums), .init(events: events)])
    let chart = try ChartMIDI.read(midi.bytes())
    #expect(chart.sections == [Section(tick: .zero, name: "Verse 1a")])
    #expect(chart.end == Tick(2_900))
    let track = try #require(chart.tracks[.expert])
    #expect(
      track.notes == [
        DrumNote(tick: Tick(0), pad: .yellow),
        DrumNote(tick: Tick(240), pad: .yellow, isCymbal: true),
        DrumNote(tick: Tick(480), pad: .yellow, isCymbal: true),
        DrumNote(tick: Tick(720), pad: .red),
        DrumNote(tick: Tick(960), pad: .kick),
        DrumNote(tick: Tick(960), pad: .red),
        DrumNote(tick: Tick(1_000), pad: .kick, isSecondKick: true),
        DrumNote(tick: Tick(2_880), pad: .green, isCymbal: true),
      ])
    #expect(track.fills == [Phrase(start: Tick(1_440), length: Tick(480))])
  }

  @Test("What is no drum chart is refused in a sentence")
  func refused() {
    let empty = MIDIFile(ticksPerQuarter: 480, tracks: [.init(events: [])]).bytes()
    for (bytes, message) in [
      (Array("RIFF".utf8), "notes.mid: The MIDI file is cut off near byte 4."),
      (empty, "notes.mid: there is no PART DRUMS track"),
    ] {
      let error = #expect(throws: ChartError.self) { try ChartMIDI.read(bytes) }
      #expect(error?.description == message)
    }
  }

  @Test(
    "Every human chart of the data pack is read, and survives both formats",
    .enabled(if: Repository.dataPack("rockband-charts") != nil, "needs the data pack"))
  func humanCharts() throws {
    let folder = try #require(Repository.dataPack("rockband-charts"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".mid") }.sorted()
    #expect(names.count > 200)
    // All are read; writing them both ways and reading that again takes longer.
    for (i, name) in names.enumerated() {
      let bytes = try [UInt8](Data(contentsOf: folder.appending(path: name)))
      let chart = try ChartMIDI.read(bytes, file: name)
      #expect(chart.tracks[.expert]!.notes.count > 50, "\(name)")
      #expect(chart.tempoMap.tempos[0].tick == .zero && chart.tempoMap.metres[0].tick == .zero)
      guard i % 24 == 0 else { continue }
      #expect(try ChartText.read(ChartText.write(chart)).tracks == chart.tracks, "\(name)")
      let again = try ChartMIDI.read(ChartMIDI.write(chart))
      #expect(again.tracks[.expert]?.notes == chart.tracks[.expert]?.notes, "\(name)")
    }
  }

  /// What a `.mid` file can hold of a random chart: tom flags shared by the tiers, one set of
  /// phrases, tempos that survive whole microseconds.
  static func inMIDI(_ chart: Chart) -> Chart {
    var chart = chart
    let map = chart.tempoMap
    chart.tempoMap = TempoMap(
      resolution: map.resolution,
      tempos: map.tempos.map {
        .init(tick: $0.tick, tempo: MilliBPM(4_000 + $0.tempo.value % 236_000))
      }, metres: map.metres)
    chart.tracks = chart.tracks.filter { !$0.value.notes.isEmpty }
    let top = chart.tracks.max { $0.key < $1.key }?.value ?? DrumTrack()
    for tier in chart.tracks.keys {
      var track = DrumTrack()
      track.starPower = top.starPower
      track.fills = top.fills.filter { $0.length > .zero }
      track.solos = top.solos.filter { $0.length > .zero }
      if tier == .expert {
        track.singleRolls = top.singleRolls
        track.doubleRolls = top.doubleRolls
      }
      track.notes = chart.tracks[tier]!.notes.map { note in
        var note = note
        note.isCymbal = note.pad > .red && note.tick.value % 2 == 0
        note.isSecondKick = note.isSecondKick && tier == .expert
        return note
      }
      chart.tracks[tier] = track
    }
    return chart
  }
}
