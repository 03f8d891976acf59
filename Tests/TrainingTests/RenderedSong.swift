import ChartFormat
import Foundation
import TestSupport
import Transcription

@testable import Training

/// A human drum chart played on a recorded kit with a band beside it: a song whose beats, metres and
/// drum strokes are known, in the tempo that people really play.
struct RenderedSong {
  var name: String
  var performance: Performance
  /// As the human wrote it.
  var chart: Chart
  private var file: MIDIFile
  private var clock: MIDIClock

  static let folder = Repository.dataPack("rockband-charts")
  /// How many are wanted.
  static let count =
    ProcessInfo.processInfo.environment["CHARTHERO_RENDERED_SONGS"].flatMap { Int($0) } ?? 0

  /// Songs of at most six minutes that training never saw first, then others, in a fixed order.
  static func names(_ count: Int) throws -> [String] {
    let table = try CSVTable(path: folder!.path + "/index.csv")
    let (slug, seconds, split) = (
      try table.column("slug", path: "index.csv"), try table.column("seconds", path: "index.csv"),
      try table.column("split", path: "index.csv")
    )
    let short = table.rows.filter { (Double($0[seconds]) ?? 999) <= 360 }
    let held = short.filter { $0[split] == "validation" }
    let others = short.filter { $0[split] != "validation" }
    let step = max(1, others.count / max(1, count - held.count))
    let more = stride(from: 0, to: others.count, by: step).map { others[$0] }
    return (held + more).prefix(count).map { $0[slug] }
  }

  init(_ name: String) throws {
    let path = Self.folder!.path + "/\(name).mid"
    self.name = name
    performance = try RockBandCorpus.performance(path: path, name: name)
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    file = try MIDIFile(bytes: bytes)
    clock = MIDIClock(file)
    chart = try ChartMIDI.read(bytes)
  }

  /// Seconds of the true beats between the first and the last stroke, and their places in the bar.
  var beats: [(time: Double, position: Int)] {
    let grid = performance.grid
    let first = performance.hits.first.map { grid.time(at: $0.beat) } ?? 0
    return zip(grid.times, grid.positions)
      .filter { $0.0 > first - 0.08 && $0.0 < performance.seconds + 0.08 }
      .map { (time: $0.0, position: $0.1) }
  }

  /// 44.1 kHz mono: strokes 3 ms beside the grid and of uneven force, over bass and chords.
  func audio(kit: VirtualKit, soundfont: String, seed: UInt64) throws -> [Float] {
    var generator = SeededGenerator(seed: seed, index: 0)
    let grid = performance.grid
    let hits = performance.hits.map { hit in
      let time = grid.time(at: hit.beat) + generator.normal(0, 0.003)
      let isOnBeat = abs(hit.beat - hit.beat.rounded()) < 0.01
      let velocity = (isOnBeat ? 104 : 92) + generator.normal(0, 8)
      return TimedHit(
        time: max(0, time), articulation: hit.articulation,
        velocity: Int(min(127, max(30, velocity))), variant: hit.variant)
    }.sorted { $0.time < $1.time }
    var audio = [Float](repeating: 0, count: Int((performance.seconds + 4) * 44_100))
    DrumRenderer.render(hits, kit: kit, into: &audio, using: &generator)
    let folder = try TemporaryFolder()
    try Data(band().bytes()).write(to: folder("band.mid"))
    let song = try AccompanimentSong(path: folder("band.mid").path)
    let music = try song.render(
      soundfont: soundfont, seconds: performance.seconds + 4, stretch: 1, transposition: 0,
      reverb: false)
    Mixer.add(music, level: Mixer.loudLevel(music), to: &audio, drumsOver: 0)
    let peak = OnsetMeasure.peak(audio)
    return audio.map { $0 * 0.89 / max(peak, 1e-6) }
  }

  /// Bass, guitar and strings on the chart's own bars: each kind of section has its own chords and
  /// instruments, each bar its chord.
  private func band() -> MIDIFile {
    var tracks = [[MIDIFile.Event]](repeating: [], count: 3)
    let programs: [[UInt8]] = [[33, 27, 48], [34, 30, 48], [33, 29, 89], [35, 28, 91]]
    let chords: [[Int]] = [[0, 5, 7, 5], [9, 5, 0, 7], [0, 10, 5, 0], [2, 7, 0, 9]]
    var lines: [Int] = []
    for (i, metre) in clock.metres.enumerated() {
      let end = i + 1 < clock.metres.count ? clock.metres[i + 1].tick : file.lastTick
      let bar = clock.ticksPerQuarter * 4 * metre.signature.beats / metre.signature.unit
      lines += stride(from: metre.tick, to: end, by: max(1, bar))
    }
    let sections = chart.sections
    var (style, barInSection, section) = (0, 0, 0)
    func play(_ track: Int, _ note: Int, _ velocity: UInt8, from start: Int, to end: Int) {
      let (channel, note) = (UInt8(track), UInt8(note))
      tracks[track].append(
        .init(tick: start, kind: .noteOn(channel: channel, note: note, velocity: velocity)))
      tracks[track].append(
        .init(tick: max(start + 1, end - 10), kind: .noteOff(channel: channel, note: note)))
    }
    for (line, next) in zip(lines, lines.dropFirst()) {
      while section < sections.count, sections[section].tick.value <= line {
        let kind = sections[section].name.lowercased().prefix { $0.isLetter }
        style = kind.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % 4
        barInSection = 0
        section += 1
      }
      for (track, program) in programs[style].enumerated() where barInSection == 0 {
        tracks[track].append(
          .init(tick: line, kind: .program(channel: UInt8(track), number: program)))
      }
      let root = 28 + chords[style][barInSection % 4]
      for beat in stride(from: line, to: next, by: clock.ticksPerQuarter) {
        play(0, root, 100, from: beat, to: min(next, beat + clock.ticksPerQuarter))
      }
      for note in [root + 24, root + 31] { play(1, note, 84, from: line, to: next) }
      for note in [root + 36, root + 40, root + 43] { play(2, note, 64, from: line, to: next) }
      barInSection += 1
    }
    let tempos = file.mergedEvents.filter { event in
      switch event.kind {
      case .tempo, .timeSignature: true
      default: false
      }
    }
    return MIDIFile(
      ticksPerQuarter: file.ticksPerQuarter,
      tracks: [.init(events: tempos)]
        + tracks.map { events in
          // Releases first, so that a repeated note is struck anew.
          let order = events.indices.sorted {
            (events[$0].tick, Self.rank(events[$0]), $0)
              < (events[$1].tick, Self.rank(events[$1]), $1)
          }
          return .init(events: order.map { events[$0] })
        })
  }

  private static func rank(_ event: MIDIFile.Event) -> Int {
    if case .noteOn = event.kind { 1 } else { 0 }
  }
}
