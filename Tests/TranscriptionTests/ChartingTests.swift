import ChartFormat
import DrumNet
import Testing

@testable import Transcription

@Suite("A chart's frame")
struct ChartingTests {
  @Test("The end stands on the first bar line two seconds or more after the last note")
  func end() {
    var song = WrittenSong(tempo: 120_000)
    song.add(4, [.snare: "x.x.x.x."])
    // The last note is at 11.5 s, bar lines are 2 s apart.
    #expect(song.chart().end == Tick(7 * 768))
  }

  @Test(
    "Where the audio ends sooner, the end stands on the last bar line or beat after the last note",
    arguments: [(13.9, 6 * 768), (12.9, 6 * 768), (11.9, 23 * 192)])
  func earlyEnd(duration: Double, tick: Int) {
    var song = WrittenSong(tempo: 120_000)
    song.add(4, [.snare: "x.x.x.x."])
    let chart = Self.chart(song, duration: duration)
    #expect(chart.end == Tick(tick))
    #expect(chart.tracks[.expert]!.notes.last!.tick < chart.end!)
  }

  @Test("No note stands in the last second of the audio")
  func tail() {
    var song = WrittenSong(tempo: 120_000)
    song.add(4, [.snare: "x.x.x.x."])
    let chart = Self.chart(song, duration: 11.25)
    let last = chart.tempoMap.seconds(at: chart.tracks[.expert]!.notes.last!.tick)
    #expect(last <= 10.25 && last > 9)
  }

  @Test("Length, preview and difficulty are filled in, the rest of the metadata is kept")
  func metadata() {
    var metadata = SongMetadata(title: "T", artist: "A")
    metadata.album = "Album"
    let song = ReductionsTests.rock()
    let chart = Charting.chart(
      onsets: song.onsets, tempoMap: song.map, metadata: metadata, audioDuration: 140.0404)
    #expect(chart.metadata.songLength == 140_040)
    #expect(chart.metadata.album == "Album")
    #expect(chart.metadata.previewStart! <= 110_041)
    #expect(0...6 ~= chart.metadata.difficulty!)
  }

  @Test("Harder songs have higher difficulty numbers, all within 0 and 6")
  func difficulty() throws {
    func number(_ rows: [DrumClass: String], tempo: Int) throws -> Int {
      var song = WrittenSong(tempo: tempo)
      song.add(30, rows)
      return try #require(song.chart().metadata.difficulty)
    }
    let easy = try number([.kick: "x...", .snare: "..x."], tempo: 80_000)
    let middle = try number(
      [.kick: "x...x.x.", .snare: "..x...x.", .hihat: "xxxxxxxx", .crash: "x......."],
      tempo: 120_000)
    let hard = try number(
      [
        .kick: "xxxxxxxxxxxxxxxx", .snare: "..x...x...x...x.", .ride: "x.x.x.x.x.x.x.x.",
        .tomHigh: "...x...x........", .tomMid: "........x..x....", .tomLow: "............x..x",
        .crash: "x.......x.......", .hihat: ".......x........",
      ], tempo: 200_000)
    #expect(easy < middle && middle < hard)
    #expect(easy == 0 && hard == 6)
  }

  private static func chart(_ song: WrittenSong, duration: Double) -> Chart {
    Charting.chart(
      onsets: song.onsets, tempoMap: song.map, metadata: SongMetadata(title: "T", artist: "A"),
      audioDuration: duration)
  }
}
