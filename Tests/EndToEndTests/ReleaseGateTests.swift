import Audio
import ChartFormat
import Foundation
import TestSupport
import Testing

/// The eleven points that a folder must meet before anybody is given it (the format notes' release
/// gate), over the samples and, where the data pack is, the four songs of MDB Drums. Point 2, other
/// programs' parsers, is `Tests/Parsers`; point 5, beats and onsets against the audio, is measured
/// over rendered songs, whose truth is known.
@Suite("The release gate", .serialized)
struct ReleaseGateTests {
  @Test("holds for the samples", arguments: Samples.all)
  func samples(_ sample: Samples.Sample) throws {
    try check(Samples.converted().folder(sample).path)
  }

  private static let pack = Repository.dataPack("mdb-dev")

  @Test("holds for real recordings", .enabled(if: pack != nil, "needs the data pack"))
  func recordings() throws {
    let pack = try #require(Self.pack)
    let folder = try TemporaryFolder()
    let songs = ["Hendrix", "Rock", "Punk", "Beatles"]
    for song in songs {
      try FileManager.default.copyItem(
        at: pack.appending(path: song + "_full_mix.ogg"), to: folder("MDB - \(song).ogg"))
    }
    let outcome = try Samples.charthero.run(
      ["convert"] + songs.map { folder("MDB - \($0).ogg").path } + ["-o", folder("out").path])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let charts = outcome.output.split(separator: "\n").map(String.init)
    #expect(charts.count == songs.count)
    for chart in charts { try check(chart) }
  }

  private func check(_ path: String) throws {
    let folder = try ChartFolder(path: path)
    let audio = try AudioFile.decode(path: path + "/song.ogg").buffer
    // 1, and what checkers see of all others.
    let issues = folder.issues(audioDuration: audio.duration)
    #expect(issues.isEmpty, "\(path): \(issues)")
    // 3
    let ini = try #require(folder.ini)
    let song = ini.metadata
    #expect(ini.isProDrums && ini.delay == 0 && (0...6).contains(song.difficulty ?? -1))
    for value in [song.title, song.artist, song.album, song.genre, song.year, song.charter] {
      #expect(!value.isEmpty)
    }
    #expect(abs(Double(song.songLength) / 1_000 - audio.duration) <= 0.05)
    // 4
    let chart = folder.chart
    let expert = try #require(chart.tracks[.expert]).notes
    let (first, last) = (try #require(expert.first), try #require(expert.last))
    #expect(chart.tempoMap.seconds(at: first.tick) >= 2)
    #expect(chart.tempoMap.seconds(at: last.tick) <= audio.duration - 1)
    #expect(try #require(chart.end) > last.tick)
    // 6 and 7
    let hands = Dictionary(grouping: expert.filter { $0.pad != .kick }, by: \.tick)
    #expect(hands.values.allSatisfy { $0.count <= 2 })
    // 8
    for (lower, upper) in [
      (Difficulty.hard, Difficulty.expert), (.medium, .hard), (.easy, .medium),
    ] {
      let (below, above) = (try #require(chart.tracks[lower]), try #require(chart.tracks[upper]))
      #expect(Set(above.notes.map(\.tick)).isSuperset(of: below.notes.map(\.tick)))
      #expect(below.notes != above.notes)
      let ratio = Double(below.notes.count) / Double(expert.count)
      // Six notes more or less are no matter of taste in songs of half a minute.
      let range = ChartCheck.noteRatio(lower)
      #expect(range.lowerBound - 0.05...range.upperBound + 0.05 ~= ratio, "\(lower): \(ratio)")
    }
    // 9
    let ticks = Set(expert.map(\.tick))
    for track in chart.tracks.values {
      for fill in track.fills { #expect(ticks.contains(fill.start + fill.length)) }
      for power in track.starPower {
        #expect(
          track.notes.contains { $0.tick >= power.start && $0.tick < power.start + power.length })
      }
    }
    // 10
    #expect(Set(chart.sections.map(\.name)).count == chart.sections.count)
    // 11
    #expect(folder.files.filter { !$0.hasPrefix(".") }.count == 4)
  }
}
