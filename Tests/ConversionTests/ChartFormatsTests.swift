import ChartFormat
import Conversion
import Foundation
import TestSupport
import Testing

@Suite("A chart as notes.chart and as notes.mid")
struct ChartFormatsTests {
  let song = WaveFile.bytes(clicks(seconds: 6), rate: 44_100, channels: 2)

  @Test("Both have the same notes, phrases, sections and times, and the folder has one of them")
  func same() throws {
    let bench = try Workbench()
    var options = ConversionOptions(model: "none")
    options.format = .mid
    let other = SongConverter(options: options, modelName: "steady beat", listener: steadyBeat)
    let text = try bench.convert(song, as: "A - B.wav")
    let midi = try other.convert(
      path: bench.folder("A - B.wav").path, outbox: bench.folder("midi").path)
    #expect(
      TemporaryFolder.names(in: URL(filePath: midi.folder))
        == [".charthero.json", "album.png", "notes.mid", "song.ini", "song.ogg"])
    let a = try ChartFolder(path: text.folder).chart
    let b = try ChartFolder(path: midi.folder).chart
    #expect(!a.tracks.isEmpty && a.tracks == b.tracks)
    #expect(a.sections == b.sections && a.end == b.end && a.metadata == b.metadata)
    #expect(a.tempoMap.metres == b.tempoMap.metres)
    let last = try #require(a.end)
    #expect(abs(a.tempoMap.seconds(at: last) - b.tempoMap.seconds(at: last)) < 0.001)
    #expect(midi.issues == text.issues)
  }

  @Test("The same song in the other format takes its old chart's place")
  func replaced() throws {
    let bench = try Workbench()
    let first = try bench.convert(song, as: "A - B.wav")
    var options = ConversionOptions(model: "none")
    options.format = .mid
    let other = SongConverter(options: options, modelName: "steady beat", listener: steadyBeat)
    let again = try other.convert(
      path: bench.folder("A - B.wav").path, outbox: bench.outbox.path)
    #expect(again.folder == first.folder && again.isReplacement)
    #expect(try ChartFolder(path: again.folder).chartFile == "notes.mid")
  }
}
