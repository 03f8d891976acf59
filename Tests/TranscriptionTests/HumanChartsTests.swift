import ChartFormat
import DrumNet
import Foundation
import TestSupport
import Testing

@testable import Transcription

/// Our charting of the Expert tracks that people wrote, against what people do.
///
/// A sample in the usual run; `CHARTHERO_LONG_TESTS=1` takes all songs.
@Suite(
  "Charting of human Expert tracks",
  .enabled(if: Repository.dataPack("rockband-charts") != nil, "needs the data pack"))
struct HumanChartsTests {
  private struct Song: Sendable {
    var name: String
    var human: Chart
    var ours: Chart
    var audioDuration: Double
  }

  /// Charted once for all tests.
  private static let songs = Result { try chartedSongs() }

  private static func chartedSongs() throws -> [Song] {
    let folder = try #require(Repository.dataPack("rockband-charts"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".mid") }.sorted()
    let isLong = ProcessInfo.processInfo.environment["CHARTHERO_LONG_TESTS"] != nil
    return try names.enumerated().filter { isLong || $0.offset % 24 == 7 }.map { _, name in
      let bytes = try [UInt8](Data(contentsOf: folder.appending(path: name)))
      let human = try ChartMIDI.read(bytes, file: name)
      let notes = human.tracks[.expert]!.notes
      let map = human.tempoMap
      let duration = map.seconds(at: notes[notes.count - 1].tick) + 8
      var metadata = SongMetadata(title: name, artist: "Artist")
      metadata.year = "2000"
      metadata.album = "Album"
      metadata.genre = "Rock"
      let ours = Charting.chart(
        onsets: notes.map { GridOnset(tick: $0.tick, onset: onset($0, map)) }, tempoMap: map,
        metadata: metadata, audioDuration: duration)
      return Song(name: name, human: human, ours: ours, audioDuration: duration)
    }
  }

  private static func onset(_ note: DrumNote, _ map: TempoMap) -> Onset {
    let drum: DrumClass =
      switch ChartFacts.Lane(note) {
      case .kick: .kick
      case .red: .snare
      case .yellowTom: .tomHigh
      case .blueTom: .tomMid
      case .greenTom: .tomLow
      case .yellowCymbal: .hihat
      case .blueCymbal: .ride
      case .greenCymbal: .crash
      }
    return Onset(time: map.seconds(at: note.tick), drum: drum)
  }

  @Test("What people play passes our hands and feet; the rest is inside human ranges")
  func gate() throws {
    let songs = try Self.songs.get()
    var kept = 0
    var written = 0
    var outside: [ChartIssue.Kind: Set<String>] = [:]
    for song in songs {
      let human = song.human.tracks[.expert]!.notes
      let ours = Set(song.ours.tracks[.expert]!.notes.map { [$0.tick.value, $0.pad.rawValue] })
      kept += human.count { ours.contains([$0.tick.value, $0.pad.rawValue]) }
      written += human.count
      let issues = ChartCheck(
        song.ours, ini: SongINI(metadata: song.ours.metadata), audioDuration: song.audioDuration
      ).issues
      for issue in issues { outside[issue.kind, default: []].insert(song.name) }
    }
    // Three notes in a thousand are faster than a hand, or double detections as far as we can tell.
    #expect(Double(kept) / Double(written) > 0.995)
    // The tempo map and the grid are the charter's own here.
    let theirs: Set<ChartIssue.Kind> = [
      .offGrid, .isDefaultBPM, .shortLeadIn, .smallLeadingSilence,
    ]
    for (kind, names) in outside where !theirs.contains(kind) {
      // Over all songs: 4 and 3 of 244.
      let isStyle = [.noteRatio, .oneLane].contains(kind)
      #expect(isStyle && names.count <= max(1, songs.count / 20), "\(kind.rawValue): \(names)")
    }
  }

  @Test("Medians of the tiers lie near those of human charts")
  func medians() throws {
    let songs = try Self.songs.get()
    func median(_ value: (Song) -> Double) -> Double {
      let values = songs.map(value).sorted()
      return values[values.count / 2]
    }
    func kicks(_ tier: Difficulty) -> Double {
      median { ChartFacts($0.ours).tiers[tier]!.share(.kick) }
    }
    func ratio(_ tier: Difficulty) -> Double {
      median {
        Double($0.ours.tracks[tier]!.notes.count) / Double($0.ours.tracks[.expert]!.notes.count)
      }
    }
    #expect(abs(ratio(.hard) - 0.67) < 0.07)
    #expect(abs(ratio(.medium) - 0.475) < 0.07)
    #expect(abs(ratio(.easy) - 0.33) < 0.07)
    #expect(abs(kicks(.hard) - 0.24) < 0.06)
    #expect(abs(kicks(.medium) - 0.15) < 0.06)
    #expect(abs(kicks(.easy) - 0.068) < 0.08)
  }

  @Test("Sections begin where charters begin them, far more often than by chance")
  func sections() throws {
    var common = 0
    var ours = 0
    var human = 0
    var chance = 0.0
    for song in try Self.songs.get() where song.human.sections.count > 4 {
      let last = song.human.tracks[.expert]!.notes.last!.tick
      let theirs = Set(song.human.sections.map(\.tick).filter { $0 <= last })
      let found = Set(song.ours.sections.map(\.tick))
      common += theirs.intersection(found).count
      ours += found.count
      human += theirs.count
      let bars = song.human.tempoMap.barLines(through: last).count
      chance += Double(theirs.count) * Double(found.count) / Double(bars)
    }
    // Over all songs: precision 0.61, recall 0.62, by chance 0.14.
    #expect(Double(common) / Double(ours) > 0.5)
    #expect(Double(common) / Double(human) > 0.5)
    #expect(Double(common) > 3 * chance)
  }
}
