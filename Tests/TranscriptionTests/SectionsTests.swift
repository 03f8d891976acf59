import ChartFormat
import DrumNet
import Spectral
import Testing

@testable import Transcription

@Suite("Sections")
struct SectionsTests {
  /// Intro, verse, chorus, verse, chorus, bridge, chorus, outro.
  private static func song() -> WrittenSong {
    var song = WrittenSong(tempo: 110_000, leadIn: 0)
    func verse(_ song: inout WrittenSong) {
      song.add(
        7, [.kick: "x.....x.x.......", .snare: "....x.......x...", .hihat: "x.x.x.x.x.x.x.x."])
      song.add([.kick: "x.......", .snare: "..x.xxxx", .hihat: "xxxx...."])
    }
    func chorus(_ song: inout WrittenSong) {
      song.add([.kick: "x.x.x.x.", .snare: "..x...x.", .crash: "x......."])
      song.add(7, [.kick: "x.xxx.xx", .snare: "..x...x.", .crash: "x.x.x.x.", .ride: ".x.x.x.x"])
    }
    song.add(4, [.hihat: "x...x...x...x..."])
    verse(&song)
    chorus(&song)
    verse(&song)
    chorus(&song)
    song.add(8, [.kick: "x.......", .tomLow: "..x.x.x.", .snare: "....x..."])
    chorus(&song)
    song.add(4, [.hihat: "x.......", .kick: "x......."])
    return song
  }

  @Test("Parts are cut where they begin, and repeated parts are recognised and numbered")
  func names() {
    let sections = Self.song().chart().sections
    #expect(
      sections.map(\.name) == [
        "Intro", "Verse 1", "Chorus 1", "Verse 2", "Chorus 2", "Drum Break", "Chorus 3", "Outro",
      ])
    #expect(sections.map { $0.tick.value / 768 } == [0, 4, 12, 20, 28, 36, 44, 52])
  }

  @Test("Early music that never comes back still belongs to the introduction")
  func opening() {
    var song = WrittenSong(tempo: 120_000, leadIn: 0)
    song.add(4, [.hihat: "x...x...x...x..."])
    song.add(4, [.tomLow: "x.xxx.xx", .crash: "x...x..."])
    for _ in 0..<3 {
      song.add(8, [.kick: "x.....x.x.......", .snare: "....x.......x...", .hihat: "x.x.x.x."])
      song.add(8, [.kick: "x.xxx.xx", .snare: "..x...x.", .crash: "x.x.x.x.", .ride: ".x.x.x.x"])
    }
    let names = song.chart().sections.map(\.name)
    #expect(names.prefix(4) == ["Intro A", "Intro B", "Verse 1", "Chorus 1"])
  }

  @Test("The preview begins with the first chorus")
  func preview() {
    let song = Self.song()
    let start = Int(song.map.seconds(at: Tick(12 * 768)) * 1_000)
    #expect(song.chart().metadata.previewStart == start)
  }

  @Test("Long songs have eight or more parts with different names, all on bar lines")
  func monotonous() {
    var song = WrittenSong(tempo: 120_000)
    song.add(100, [.kick: "x...x...", .snare: "..x...x.", .hihat: "xxxxxxxx"])
    let sections = song.chart().sections
    #expect(sections.count >= 8)
    #expect(Set(sections.map(\.name)).count == sections.count)
    #expect(sections.allSatisfy { $0.tick.value % 768 == 0 })
    #expect(sections.first?.tick == .zero)
    let times = sections.map { song.map.seconds(at: $0.tick) }
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 <= 33 })
  }

  @Test("Numbers and letters make names unique")
  func numbering() {
    let kinds: [SectionNames.Kind] = [
      .intro, .verse, .verse, .chorus, .verse, .chorus, .bridge, .bridge, .outro,
    ]
    #expect(
      SectionNames.numbered(kinds, labels: []) == [
        "Intro", "Verse 1A", "Verse 1B", "Chorus 1", "Verse 2", "Chorus 2", "Bridge A", "Bridge B",
        "Outro",
      ])
  }

  @Test("Where the drums play the same, the sound tells the parts apart")
  func timbre() {
    var song = WrittenSong(tempo: 120_000, leadIn: 0)
    song.add(48, [.kick: "x...x...", .snare: "..x...x.", .hihat: "xxxxxxxx"])
    let grid = BarGrid(song.map, through: song.onsets.last!.tick)
    let notes = song.expert()
    // Six parts of 8 bars (16 s), quiet and bright in turn.
    let frames = 96 * 100
    var values = [Float](repeating: 0, count: frames * 48)
    for frame in 0..<frames {
      let isChorus = frame / 1_600 % 2 == 1
      for bin in 0..<48 {
        let wobble = Float((frame / 37 * 7 + bin * 3) % 5) * 0.05
        values[frame * 48 + bin] = wobble + (isChorus && bin >= 24 ? 3 : 1)
      }
    }
    let timbre = Timbre(
      of: .init(frames: frames, bins: 48, framesPerSecond: 100, values: values))
    let cuts = Segmentation(BarFeatures(notes, grid: grid, timbre: timbre), grid: grid).cuts()
    #expect(Set([8, 16, 24, 32, 40]).isSubset(of: cuts))
  }
}
