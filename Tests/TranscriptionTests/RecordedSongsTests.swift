import ChartFormat
import Foundation
import TestSupport
import Testing

/// Recorded songs that were played to one tempo, against the guitar charts that tell it:
/// `CHARTHERO_RECORDED_SONGS=/usr/share/games/fretsonfire/data/songs` with Debian's
/// `fretsonfire-songs-muldjord` and `fretsonfire-songs-sectoid`.
@Suite("The tempo maps of recorded songs")
struct RecordedSongsTests {
  private static let folder = ProcessInfo.processInfo.environment["CHARTHERO_RECORDED_SONGS"]

  @Test("keep the beat", .enabled(if: folder != nil, "set CHARTHERO_RECORDED_SONGS to measure"))
  func songs() throws {
    let songs = try Self.songs(in: #require(Self.folder))
    try #require(!songs.isEmpty)
    let outbox = try TemporaryFolder()
    var scores: [Score] = []
    for (index, song) in songs.enumerated() {
      let outcome = try BuiltProgram("charthero").run([
        "convert", song.appending(path: "song.ogg").path, "-o", outbox("\(index)").path,
      ])
      #expect(outcome.status == 0, "\(song.lastPathComponent): \(outcome.errors)")
      let path = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
      let score = try Score(
        ChartFolder(path: path).chart, bpm: Self.tempo(song.appending(path: "notes.mid")))
      print("\(song.lastPathComponent): \(score)")
      scores.append(score)
    }
    func mean(_ value: (Score) -> Double) -> Double {
      scores.reduce(0) { $0 + value($1) } / Double(scores.count)
    }
    let beats = mean(\.beats)
    print(
      "mean: beats \(Figures.decimal(beats, 3)), bar lines \(Figures.decimal(mean(\.bars), 3)), "
        + "\(Figures.decimal(mean { Double($0.markers) }, 1)) tempo markers, "
        + "\(Figures.decimal(mean { Double($0.metres) }, 1)) metres")
    #expect(beats > 0.95)
  }

  /// How well a chart's beats and bar lines agree with an even grid in four, wherever that begins.
  private struct Score: CustomStringConvertible {
    var beats: Double
    var bars: Double
    var markers: Int
    var metres: Int

    init(_ chart: Chart, bpm: Double) throws {
      let map = chart.tempoMap
      let notes = try #require(chart.tracks[.expert]).notes
      let span = (notes[0].tick, notes[notes.count - 1].tick)
      let lines = map.barLines(through: span.1)
      let places = zip(lines, lines.dropFirst()).flatMap { line, next in
        stride(from: line.value, to: next.value, by: map.resolution).map { Tick($0) }
      }
      let range = map.seconds(at: span.0) - 0.1...map.seconds(at: span.1) + 0.1
      func score(_ ticks: [Tick], every period: Double) -> Double {
        let times = ticks.map { map.seconds(at: $0) }.filter { range.contains($0) }
        return (0..<64).map { shift in
          let first = range.lowerBound + period * Double(shift) / 64
          return fMeasure(
            times, Array(stride(from: first, to: range.upperBound, by: period)),
            within: min(0.07, 0.07 * period / 0.6))
        }.max() ?? 0
      }
      beats = score(places, every: 60 / bpm)
      bars = score(lines, every: 240 / bpm)
      markers = map.tempos.count
      metres = map.metres.count
    }

    var description: String {
      "beats \(Figures.decimal(beats, 3)), bar lines \(Figures.decimal(bars, 3)), "
        + "\(markers) tempo markers, \(metres) metres"
    }
  }

  /// The folders below that hold a song and its guitar chart.
  private static func songs(in folder: String) throws -> [URL] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      .filter { $0.hasSuffix("/notes.mid") }
      .map { URL(filePath: folder).appending(path: $0).deletingLastPathComponent() }
      .filter { FileManager.default.fileExists(atPath: $0.appending(path: "song.ogg").path) }
  }

  /// BPM, of the first tempo event of a MIDI file.
  private static func tempo(_ file: URL) throws -> Double {
    let data = try Data(contentsOf: file)
    let event = try #require(data.firstRange(of: [0xFF, 0x51, 0x03]))
    let microseconds = data[event.upperBound..<event.upperBound + 3]
      .reduce(0) { $0 << 8 | Int($1) }
    return 60e6 / Double(microseconds)
  }
}
