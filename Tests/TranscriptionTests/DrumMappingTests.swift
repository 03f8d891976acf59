import ChartFormat
import DrumNet
import Testing

@testable import Transcription

@Suite("Lanes, hands and feet")
struct DrumMappingTests {
  @Test("Every drum has its lane")
  func lanes() {
    var song = WrittenSong()
    song.add([.kick: "x.......", .hihat: ".x......", .snare: "..x.....", .ride: "...x...."])
    song.add([.crash: "x.......", .tomHigh: ".x......", .tomMid: "..x.....", .tomLow: "...x...."])
    #expect(song.expert().names == "K y R b g Y B G")
  }

  @Test("Open hats between closed ones go to the blue cymbal, a hat that stays open does not")
  func openHats() {
    var song = WrittenSong()
    song.add([.hihat: "x.x.x.xo"])
    song.add([.hihat: "oxoxoxox"])
    song.add([.hihat: "x.x.x.x."])
    song.add([.hihat: "o.o.o.o."])
    #expect(song.expert().names == "y y y y b b y b y b y b y y y y y y y y y")
  }

  @Test("Open hats stay yellow in bars with ride")
  func openHatsBesideRide() {
    var song = WrittenSong()
    song.add([.hihat: "x.xo....", .ride: "....x.x."])
    #expect(song.expert().names == "y y y b b")
  }

  @Test("A two-tom kit keeps one map: the lower tom is green, a stray third class joins them")
  func twoToms() {
    var song = WrittenSong()
    song.add(40, [.tomHigh: "x.......", .tomLow: "..x....."])
    song.add(1, [.tomMid: "x......."])
    let notes = song.expert()
    #expect(notes.names(at: 2 * 768) == "Y")
    #expect(notes.names(at: 2 * 768 + 192) == "G")
    #expect(notes.last?.pad == .yellow)
  }

  @Test("The higher of two toms avoids the lane of a cymbal that is played with it")
  func twoTomsBesideHat() {
    var song = WrittenSong()
    song.add(8, [.tomMid: "x...x...", .tomLow: "..x...x.", .hihat: "xxxxxxxx"])
    #expect(song.expert().names(at: 2 * 768) == "yB")
  }

  @Test("Of three hands the least certain is dropped, and the kick stays")
  func threeHands() {
    var song = WrittenSong()
    song.add([.kick: "x", .snare: "x", .crash: "x", .hihat: "x"])
    for i in song.onsets.indices {
      let drum = song.onsets[i].onset.drum
      song.onsets[i].onset.confidence = [.snare: 0.95, .crash: 0.4, .hihat: 0.6][drum] ?? 0.3
    }
    #expect(song.expert().names == "K R y")
  }

  @Test("A flam is red and yellow tom; it needs both hands")
  func flams() {
    var song = WrittenSong()
    song.add([.snare: "x.x.x...", .kick: "x.......", .hihat: "....x..."])
    for i in song.onsets.indices where song.onsets[i].onset.drum == .snare {
      song.onsets[i].onset.isFlam = true
    }
    #expect(song.expert().names == "K R Y R Y R y")
  }

  @Test("Quiet snares between loud ones are ghosts; evenly loud ones never are")
  func ghosts() {
    var song = WrittenSong()
    song.add(8, [.snare: "..g.x..g.g..x..g", .kick: "x.......x......."])
    let notes = song.expert()
    #expect(notes.filter { $0.dynamic == .ghost }.count == 32)
    #expect(notes.allSatisfy { $0.dynamic != .accent })
    var flat = WrittenSong()
    flat.add(8, [.snare: "..x.x..x.x..x..x"])
    #expect(flat.expert().allSatisfy { $0.dynamic == .normal })
  }

  @Test("Strokes clearly louder than the drum's others are accents")
  func accents() {
    var song = WrittenSong()
    song.add(8, [.snare: "x.x.x.x.x.x.x.X."])
    let accents = song.expert().filter { $0.dynamic == .accent }
    #expect(accents.count == 8)
    #expect(accents.allSatisfy { $0.tick.value % 768 == 14 * 48 })
  }

  @Test("Fast runs of kicks alternate between the feet; one foot can play the rest")
  func doubleBass() {
    var song = WrittenSong(tempo: 150_000)
    song.add(4, [.kick: "xxxxxxxxxxxxxxxx"])
    let notes = song.expert()
    #expect(notes.prefix(8).map(\.shortName).joined() == "K+K+K+K+")
    let map = song.map
    let first = notes.filter { !$0.isSecondKick }.map { map.seconds(at: $0.tick) }
    #expect(zip(first, first.dropFirst()).allSatisfy { $1 - $0 >= 0.11 })
  }

  @Test("Slow kicks and pairs that one foot plays have no second foot")
  func oneFoot() {
    var song = WrittenSong(tempo: 120_000)
    song.add(4, [.kick: "x..xx...x..xx..."])
    #expect(song.expert().allSatisfy { !$0.isSecondKick })
  }

  @Test("No hand strikes faster than it can: impossible hits are dropped, never moved")
  func handSpeed() {
    var song = WrittenSong(tempo: 240_000)
    song.add(
      2,
      [
        .snare: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", .hihat: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
      ])
    let notes = song.expert()
    let ticks = Set(song.onsets.map(\.tick))
    #expect(notes.allSatisfy { ticks.contains($0.tick) })
    let map = song.map
    let times = Set(notes.map(\.tick)).sorted().map { map.seconds(at: $0) }
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 0.045 })
    #expect(!notes.isEmpty)
  }
}
