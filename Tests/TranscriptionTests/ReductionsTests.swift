import ChartFormat
import DrumNet
import Testing

@testable import Transcription

@Suite("Hard, Medium and Easy")
struct ReductionsTests {
  /// A rock song: groove, fills, a half-time part and a double-bass part.
  static func rock(tempo: Int = 120_000) -> WrittenSong {
    var song = WrittenSong(tempo: tempo)
    for part in 0..<6 {
      song.add([
        .kick: "x.....x.x.......", .snare: "....x.......x...", .crash: "x...............",
        .hihat: "..x.x.x.x.x.x.x.",
      ])
      song.add(
        6, [.kick: "x.....x.x.....x.", .snare: "....x..g....x...", .hihat: "x.x.x.x.x.x.x.x."])
      song.add([
        .kick: "x.......x.......", .snare: "....x...xx......", .tomHigh: "..........xx....",
        .tomMid: "............xx..", .tomLow: "..............xx", .hihat: "x.x.x.x.........",
      ])
      if part % 2 == 1 {
        song.add(
          8, [.kick: "x.xxx.xxx.xxx.xx", .snare: "........x.......", .ride: "x...x...x...x..."])
      }
    }
    song.add([.kick: "x", .crash: "x"])
    return song
  }

  @Test(
    "Each tier is a subset of the tier above, note for note", arguments: [90_000, 120_000, 180_000])
  func subsets(tempo: Int) throws {
    let tracks = Self.rock(tempo: tempo).chart().tracks
    for (lower, upper) in [
      (Difficulty.hard, Difficulty.expert), (.medium, .hard), (.easy, .medium),
    ] {
      let above = Set(try #require(tracks[upper]).notes)
      let below = try #require(tracks[lower]).notes
      #expect(above.isSuperset(of: below))
      #expect(!below.isEmpty && below.count < above.count)
    }
  }

  @Test("Densities lie in the ranges of human charts", arguments: [90_000, 120_000, 180_000])
  func densities(tempo: Int) throws {
    let tracks = Self.rock(tempo: tempo).chart().tracks
    let expert = Double(tracks[.expert]!.notes.count)
    for tier in [Difficulty.hard, .medium, .easy] {
      let target = Reductions.Target.of(tier)
      let ratio = Double(tracks[tier]!.notes.count) / expert
      #expect(target.least...target.most ~= ratio, "\(tier)")
    }
  }

  @Test("A groove on eighths that no gap thins still loses its weakest positions, bar by bar")
  func calm() throws {
    var song = WrittenSong(tempo: 110_000)
    song.add(
      16,
      [
        .kick: "..x.x.......x...", .snare: "x.....x.........", .hihat: "x.x.......x.....",
      ])
    let chart = song.chart()
    let expert = Double(chart.tracks[.expert]!.notes.count)
    for tier in [Difficulty.hard, .medium, .easy] {
      let target = Reductions.Target.of(tier)
      let notes = try #require(chart.tracks[tier]).notes
      #expect(target.least...target.most ~= Double(notes.count) / expert, "\(tier)")
      #expect(notes.contains { $0.pad == .red }, "\(tier)")
    }
    #expect(try #require(chart.tracks[.hard]).notes.contains { $0.pad == .kick })
  }

  @Test("Easy has no kick with a hand, Medium never three limbs, nobody three hands")
  func limbs() {
    let tracks = Self.rock().chart().tracks
    for (tier, track) in tracks {
      for group in Dictionary(grouping: track.notes, by: \.tick).values {
        let hands = group.count { $0.pad != .kick }
        let hasKick = hands < group.count
        #expect(hands <= 2)
        if tier == .medium { #expect(!(hasKick && hands == 2)) }
        if tier == .easy { #expect(!(hasKick && hands > 0)) }
      }
    }
  }

  @Test("Second kicks, ghosts and rolls stay in Expert")
  func expertOnly() {
    let tracks = Self.rock(tempo: 170_000).chart().tracks
    #expect(tracks[.expert]!.notes.contains { $0.isSecondKick })
    #expect(tracks[.expert]!.notes.contains { $0.dynamic == .ghost })
    for tier in [Difficulty.hard, .medium, .easy] {
      #expect(!tracks[tier]!.notes.contains { $0.isSecondKick })
    }
    for tier in [Difficulty.medium, .easy] {
      #expect(!tracks[tier]!.notes.contains { $0.dynamic == .ghost })
    }
  }

  @Test("The same bar is reduced the same way each time it comes")
  func sameBars() {
    let song = Self.rock()
    let chart = song.chart()
    let expert = chart.tracks[.expert]!.notes
    for tier in [Difficulty.hard, .medium, .easy] {
      var known: [[DrumNote]: [DrumNote]] = [:]
      let bars = (0..<song.bars).map { bar in
        { (notes: [DrumNote]) in
          notes.filter { $0.tick.value / 768 == bar }.map { note in
            var note = note
            note.tick = Tick(note.tick.value % 768)
            return note
          }
        }
      }
      for bar in bars {
        let content = bar(expert)
        let reduced = bar(chart.tracks[tier]!.notes)
        if let before = known[content] { #expect(before == reduced) }
        known[content] = reduced
      }
      #expect(known.count < bars.count / 2)
    }
  }

  @Test("The backbone stays: backbeats and crashes outlive hi-hats and syncopated kicks")
  func backbone() {
    let song = Self.rock()
    let tracks = song.chart().tracks
    let easy = tracks[.easy]!.notes
    for bar in 3..<8 {
      #expect(easy.names(at: bar * 768 + 192).contains("R"))
      #expect(easy.names(at: bar * 768 + 576).contains("R"))
    }
    #expect(easy.names(at: 2 * 768).contains("g"))
  }

  @Test("Hands keep their distance in seconds at any tempo", arguments: [70_000, 140_000, 220_000])
  func distances(tempo: Int) {
    let song = Self.rock(tempo: tempo)
    let tracks = song.chart().tracks
    for (tier, least) in [(Difficulty.hard, 0.1), (.medium, 0.19), (.easy, 0.25)] {
      let ticks = Set(tracks[tier]!.notes.filter { $0.pad != .kick }.map(\.tick)).sorted()
      let times = ticks.map { song.map.seconds(at: $0) }
      #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= least }, "\(tier)")
    }
  }

  @Test(
    "A song too fast for calm hands keeps as much of it as people keep, hurrying no more than needed"
  )
  func hurry() throws {
    var song = WrittenSong(tempo: 210_000)
    song.add(24, [.snare: "xxxxxxxxxxxxxxxx", .kick: "x.......x......."])
    let tracks = song.chart().tracks
    let expert = Double(try #require(tracks[.expert]).notes.count)
    for tier in [Difficulty.hard, .medium, .easy] {
      let notes = try #require(tracks[tier]).notes
      #expect(Double(notes.count) / expert >= Reductions.Target.of(tier).least, "\(tier)")
      let ticks = Set(notes.filter { $0.pad != .kick }.map(\.tick)).sorted()
      let times = ticks.map { song.map.seconds(at: $0) }
      let least = tier == .hard ? 0.097 : tier == .medium ? 0.165 : 0.21
      #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= least }, "\(tier)")
    }
  }

  @Test("Songs too small to reduce still have four tiers", arguments: 1...6)
  func tiny(count: Int) {
    var song = WrittenSong()
    song.add([
      .snare: String(repeating: "x", count: count) + String(repeating: ".", count: 8 - count)
    ])
    let tracks = song.chart().tracks
    #expect(tracks.count == 4)
    #expect(tracks.values.allSatisfy { !$0.notes.isEmpty })
    if count > 4 { #expect(Set(tracks.values.map(\.notes)).count == 4) }
  }

  @Test("A chart of second kicks only still has a kick in every tier")
  func kicksOnly() {
    var song = WrittenSong(tempo: 200_000)
    song.add(4, [.kick: "xxxxxxxxxxxxxxxx"])
    let tracks = song.chart().tracks
    #expect(tracks.values.allSatisfy { !$0.notes.isEmpty })
    #expect(tracks[.easy]!.notes.count < tracks[.medium]!.notes.count)
  }

  @Test("Without hits there is no track, and nothing crashes")
  func empty() {
    let chart = WrittenSong().chart()
    #expect(chart.tracks.isEmpty)
    #expect(chart.sections.count == 1)
  }
}
