import ChartFormat
import DrumNet
import Testing

@testable import Transcription

@Suite("Star power and fills")
struct StarPowerTests {
  private static func seconds(_ chart: Chart, _ tick: Tick) -> Double {
    chart.tempoMap.seconds(at: tick)
  }

  @Test(
    "Two to four phrases and four to ten fills a minute", arguments: [80_000, 120_000, 190_000])
  func rates(tempo: Int) throws {
    let chart = ReductionsTests.rock(tempo: tempo).chart()
    let track = try #require(chart.tracks[.expert])
    let facts = ChartFacts(chart)
    let minutes = facts.playedTime / 60
    #expect(2...4 ~= Double(track.starPower.count) / minutes)
    #expect(4...10 ~= Double(track.fills.count) / minutes)
  }

  @Test("Phrases begin on bar lines, hold notes, end in time, and never meet a fill")
  func phrases() throws {
    let chart = ReductionsTests.rock().chart()
    let track = try #require(chart.tracks[.expert])
    let first = Self.seconds(chart, track.notes[0].tick)
    let last = Self.seconds(chart, track.notes[track.notes.count - 1].tick)
    #expect(Self.seconds(chart, track.starPower[0].start) - first >= 3.5)
    let end = track.starPower[track.starPower.count - 1]
    #expect(last - Self.seconds(chart, end.start + end.length) >= 16)
    for phrase in track.starPower {
      #expect(phrase.start.value % 768 == 0)
      for fill in track.fills {
        #expect(
          phrase.start + phrase.length <= fill.start || fill.start + fill.length <= phrase.start)
      }
    }
    for (a, b) in zip(track.starPower, track.starPower.dropFirst()) {
      let between = track.notes.contains { $0.tick >= a.start + a.length && $0.tick < b.start }
      #expect(between)
    }
  }

  @Test("All tiers have the same phrases, each with a note, and a note at the end of every fill")
  func tiers() throws {
    let chart = ReductionsTests.rock(tempo: 150_000).chart()
    let expert = try #require(chart.tracks[.expert])
    for track in chart.tracks.values {
      #expect(track.starPower == expert.starPower)
      #expect(track.fills == expert.fills)
      for phrase in track.starPower {
        #expect(
          track.notes.contains { $0.tick >= phrase.start && $0.tick < phrase.start + phrase.length }
        )
      }
      for fill in track.fills {
        #expect(track.notes.contains { $0.tick == fill.start + fill.length })
      }
    }
  }

  @Test("Fills end on bar lines, most of all where a part begins with a crash")
  func fillPlaces() throws {
    let chart = ReductionsTests.rock().chart()
    let track = try #require(chart.tracks[.expert])
    let ends = Set(track.fills.map { $0.start + $0.length })
    let crashes = track.notes.filter { $0.pad == .green && $0.isCymbal }.map(\.tick)
    #expect(crashes.count == 7)
    // Not at the first crash, which opens the song, and not at the last note.
    #expect(crashes.dropFirst().dropLast().count { ends.contains($0) } >= 4)
    #expect(
      track.fills.allSatisfy { ($0.start + $0.length).value % 768 == 0 && $0.length.value == 768 })
  }

  @Test("Slow bars have phrases of half a bar, fast ones of two")
  func lengths() throws {
    let slow = try #require(ReductionsTests.rock(tempo: 60_000).chart().tracks[.expert])
    #expect(slow.starPower.allSatisfy { $0.length.value == 384 })
    #expect(slow.fills.allSatisfy { $0.length.value == 384 })
    let fast = try #require(ReductionsTests.rock(tempo: 240_000).chart().tracks[.expert])
    #expect(fast.starPower.allSatisfy { $0.length.value == 2 * 768 })
  }

  @Test("A song of a few seconds has neither")
  func short() throws {
    var song = WrittenSong()
    song.add(3, [.snare: "x.x.x.x."])
    let track = try #require(song.chart().tracks[.expert])
    #expect(track.starPower.isEmpty && track.fills.isEmpty)
  }

  @Test("A long run too fast to count is a roll lane over its notes")
  func rolls() throws {
    var song = WrittenSong(tempo: 130_000)
    song.add(4, [.kick: "x...x...x...x..."])
    song.add([.snare: "xxxxxxxxxxxxxxxx................"])
    let track = try #require(song.chart().tracks[.expert])
    #expect(track.singleRolls == [Phrase(start: Tick(6 * 768), length: Tick(15 * 24 + 1))])
    #expect(song.chart().tracks[.hard]!.singleRolls.isEmpty)
  }
}
