import ChartFormat
import Foundation
import TestSupport
import Testing

@Suite("Standard MIDI Files") struct MIDIFileTests {
  /// A file of one track with these event bytes.
  static func file(_ events: [UInt8], division: [UInt8] = [0x01, 0xe0]) -> [UInt8] {
    let length = UInt32(events.count)
    return Array("MThd".utf8) + [0, 0, 0, 6, 0, 0, 0, 1] + division + Array("MTrk".utf8)
      + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + events
  }

  /// Every kind of event that is kept, running status, a note-on of velocity 0, and what is skipped.
  static let everything: [UInt8] = [
    0x00, 0xff, 0x03, 0x05, 0x44, 0x72, 0x75, 0x6d, 0x73,  // track name "Drums"
    0x00, 0xff, 0x51, 0x03, 0x07, 0xa1, 0x20,  // 500,000 microseconds per quarter
    0x00, 0xff, 0x58, 0x04, 0x07, 0x03, 0x18, 0x08,  // 7/8
    0x00, 0xf0, 0x02, 0x01, 0xf7,  // system exclusive
    0x00, 0xc9, 0x08,  // program
    0x0a, 0x99, 0x24, 0x64,  // kick at 10
    0x81, 0x00, 0x26, 0x50,  // running status: snare at 138
    0x05, 0x24, 0x00,  // running status: velocity 0 at 143
    0x00, 0x89, 0x26, 0x40,  // note-off
    0x00, 0xb9, 0x04, 0x5a,  // controller
    0x00, 0xe9, 0x00, 0x40,  // pitch bend, middle
    0x00, 0xa9, 0x24, 0x10, 0xd9, 0x10,  // pressure, with its delta time missing on purpose below
  ]

  @Test("Every kind of event is read, with running status and long delta times")
  func everyKind() throws {
    let bytes = Self.file(Self.everything.dropLast(2) + [0x00, 0xff, 0x2f, 0x00])
    let midi = try MIDIFile(bytes: bytes)
    #expect(midi.format == 0)
    #expect(midi.ticksPerQuarter == 480)
    #expect(midi.tracks[0].name == "Drums")
    let expected: [MIDIFile.Event] = [
      .init(tick: 0, kind: .text(type: 3, "Drums")),
      .init(tick: 0, kind: .tempo(microsecondsPerQuarter: 500_000)),
      .init(tick: 0, kind: .timeSignature(TimeSignature(beats: 7, unit: 8))),
      .init(tick: 0, kind: .program(channel: 9, number: 8)),
      .init(tick: 10, kind: .noteOn(channel: 9, note: 36, velocity: 100)),
      .init(tick: 138, kind: .noteOn(channel: 9, note: 38, velocity: 80)),
      .init(tick: 143, kind: .noteOff(channel: 9, note: 36)),
      .init(tick: 143, kind: .noteOff(channel: 9, note: 38)),
      .init(tick: 143, kind: .controller(channel: 9, number: 4, value: 90)),
      .init(tick: 143, kind: .pitchBend(channel: 9, value: 8_192)),
    ]
    #expect(midi.tracks[0].events == expected)
    #expect(midi.lastTick == 143)
  }

  @Test("A RIFF wrapper and unknown chunks are stepped over")
  func wrappers() throws {
    let note: [UInt8] = [0x00, 0x90, 0x3c, 0x40]
    var inner = Self.file(note)
    inner.insert(contentsOf: Array("XFIH".utf8) + [0, 0, 0, 2, 9, 9], at: 14)
    let size = UInt32(inner.count)
    let riff =
      Array("RIFF".utf8) + [0, 0, 0, 0] + Array("RMIDdata".utf8)
      + (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } + inner
    let midi = try MIDIFile(bytes: riff)
    #expect(midi.tracks.count == 1)
    #expect(midi.tracks[0].events.count == 1)
  }

  @Test("What is not a MIDI file, or half of one, is refused with its reason")
  func refusals() {
    let whole = Self.file([0x00, 0x90, 0x3c, 0x40])
    #expect(throws: MIDIFileError.notMIDI) { try MIDIFile(bytes: []) }
    #expect(throws: MIDIFileError.notMIDI) { try MIDIFile(bytes: Array("ID3 text".utf8)) }
    #expect(throws: MIDIFileError.self) { try MIDIFile(bytes: Array(whole.dropLast())) }
    #expect(throws: MIDIFileError.timecodeDivision) {
      try MIDIFile(bytes: Self.file([], division: [0xe7, 0x28]))
    }
    #expect(throws: MIDIFileError.zeroDivision) {
      try MIDIFile(bytes: Self.file([], division: [0, 0]))
    }
    #expect(throws: MIDIFileError.missingStatus(at: 23)) {
      try MIDIFile(bytes: Self.file([0x00, 0x3c, 0x40]))
    }
    #expect(throws: MIDIFileError.oversizedNumber(at: 22)) {
      try MIDIFile(bytes: Self.file([0xff, 0xff, 0xff, 0xff, 0x00]))
    }
    #expect(throws: MIDIFileError.noTracks) { try MIDIFile(bytes: Array(whole.prefix(14))) }
  }

  @Test("No damage to a file's bytes does worse than an error")
  func fuzz() {
    var state: UInt64 = 7
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let whole = Self.file(Self.everything.dropLast(2) + [0x00, 0xff, 0x2f, 0x00])
    var read = 0
    for _ in 0..<4_000 {
      var bytes = whole
      for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
      if random(4) == 0 { bytes.removeLast(random(bytes.count)) }
      if let midi = try? MIDIFile(bytes: bytes) {
        read += 1
        let ticks = midi.tracks.flatMap { $0.events.map(\.tick) }
        #expect(ticks.allSatisfy { $0 >= 0 })
      }
    }
    #expect(read > 100)
  }

  @Test("The clock follows every tempo change and knows the metres")
  func clock() throws {
    let midi = MIDIFile(
      ticksPerQuarter: 480,
      tracks: [
        .init(events: [
          .init(tick: 0, kind: .tempo(microsecondsPerQuarter: 500_000)),
          .init(tick: 960, kind: .tempo(microsecondsPerQuarter: 250_000)),
          .init(tick: 960, kind: .timeSignature(TimeSignature(beats: 3, unit: 4))),
        ])
      ])
    let clock = MIDIClock(midi)
    #expect(clock.seconds(at: 480) == 0.5)
    #expect(clock.seconds(at: 960) == 1.0)
    #expect(clock.seconds(at: 1_440) == 1.25)
    #expect(clock.metres.map(\.signature) == [.common, TimeSignature(beats: 3, unit: 4)])
  }

  @Test(
    "Every Rock Band chart of the data pack reads with the notes its table counts",
    .enabled(
      if: Repository.dataPack("rockband-charts") != nil, "the data pack is not beside the checkout")
  )
  func rockBandCharts() throws {
    let folder = try #require(Repository.dataPack("rockband-charts"))
    let table = try String(contentsOf: folder.appending(path: "index.csv"), encoding: .utf8)
    // Titles hold commas, so only lines without quotes are split.
    for line in table.split(separator: "\n").dropFirst().filter({ !$0.contains("\"") }).prefix(40) {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      let data = try Data(contentsOf: folder.appending(path: String(fields[1])))
      let drums = try #require(try MIDIFile(bytes: [UInt8](data)).track(named: "PART DRUMS"))
      let notes = drums.events.count {
        if case .noteOn(_, let note, _) = $0.kind { (95...100).contains(note) } else { false }
      }
      #expect(notes == Int(fields[4]), "\(fields[1])")
    }
  }
}
