import Audio
import ChartFormat
import Conversion
import DrumNet
import Foundation
import TestSupport
import Testing
import Transcription

/// Kick and snare by turns and a closed hi-hat every half second for six seconds, as a network that
/// heard just that would say it. Tracking beats is slow in debug builds: done once for all tests.
private let sixSeconds: Transcription = {
  let frames = 600
  var values = [Float](repeating: 0.01, count: frames * OutputLayout.count)
  for (beat, frame) in stride(from: 50, to: frames - 100, by: 50).enumerated() {
    func hit(_ column: Int) { values[frame * OutputLayout.count + column] = 0.95 }
    hit(OutputLayout.onset(beat % 2 == 0 ? .kick : .snare))
    hit(OutputLayout.onset(.hihat))
    hit(OutputLayout.beat)
    if beat % 4 == 0 { hit(OutputLayout.downbeat) }
  }
  return Transcriber.transcription(
    of: Activations(frames: frames, framesPerSecond: 100, values: values), duration: 6,
    calibration: Calibration(), minimumConfidence: 0,
    metadata: SongMetadata(title: "", artist: ""))
}()

/// A listener that needs no model and hears the same in every song.
func steadyBeat(
  _ audio: any AudioStream, _ metadata: SongMetadata, _ progress: (Double) -> Void
) -> Transcription {
  progress(1)
  var heard = sixSeconds
  heard.duration = audio.duration
  heard.chart.metadata = metadata
  return heard
}

/// Short clicks every half second from 0.5 s on.
func clicks(seconds: Double, rate: Int = 44_100, amplitude: Double = 0.8) -> [Double] {
  var samples = [Double](repeating: 0, count: Int(seconds * Double(rate)))
  for start in stride(from: rate / 2, to: samples.count - rate / 10, by: rate / 2) {
    for i in 0..<rate / 50 {
      samples[start + i] = amplitude * cos(Double(i)) * exp(-Double(i) / Double(rate) * 300)
    }
  }
  return samples
}

/// A temporary inbox and outbox with a converter between them.
struct Workbench {
  let folder: TemporaryFolder
  let outbox: URL
  let converter: SongConverter

  init(listener: @escaping SongConverter.Listener = steadyBeat) throws {
    folder = try TemporaryFolder()
    outbox = folder("out")
    converter = SongConverter(
      options: ConversionOptions(model: "none"), modelName: "steady beat", listener: listener)
  }

  @discardableResult
  func convert(_ bytes: Data, as name: String) throws -> ConversionReport {
    try bytes.write(to: folder(name))
    return try converter.convert(path: folder(name).path, outbox: outbox.path)
  }

  /// The error of a conversion that must fail.
  func failure(_ bytes: Data, as name: String) throws -> ConversionError {
    try #require(throws: ConversionError.self) { try convert(bytes, as: name) }
  }

  var results: [String] { TemporaryFolder.names(in: outbox) }
}

@Suite("Converting a song")
struct SongConverterTests {
  let song = WaveFile.bytes(clicks(seconds: 6), rate: 44_100, channels: 2)

  @Test func `a folder with exactly the chart's files appears`() throws {
    let bench = try Workbench()
    let report = try bench.convert(song, as: "The Band - A Song.wav")
    #expect(bench.results == ["The Band - A Song (Chart Hero)"])
    #expect(report.folder == bench.outbox.appending(path: bench.results[0]).path)
    #expect(
      TemporaryFolder.names(in: URL(filePath: report.folder))
        == [".charthero.json", "album.png", "notes.chart", "song.ini", "song.ogg"])
    #expect(report.notes["kick"] == 5 && report.notes["red"] == 4)
    #expect(report.notes["yellow cymbal"] == 9)
    #expect(report.kept == 18 && report.droppedTotal == 0)
    #expect(abs(report.typicalTempo - 120) < 0.5)
    #expect(report.meanConfidence > 0.9)
    #expect(!report.isReplacement)
    #expect(Set(report.stageSeconds.keys) == ["decode", "transcribe", "write", "publish"])
  }

  @Test func `chart and audio agree in time, to the millisecond`() throws {
    let bench = try Workbench()
    let report = try bench.convert(song, as: "x.wav")
    let folder = try ChartFolder(path: report.folder)
    let audio = try AudioFile.decode(path: report.folder + "/song.ogg").buffer
    #expect(abs(audio.duration - report.audioSeconds) < 0.001)
    #expect(abs(audio.duration - (6 + report.leadIn)) < 0.001)
    #expect(folder.chart.metadata.songLength == Int((audio.duration * 1_000).rounded()))
    let map = folder.chart.tempoMap
    let times = Set(folder.chart.tracks[.expert]!.notes.map { map.seconds(at: $0.tick) }).sorted()
    #expect(times[0] >= 2)
    // Where the audio becomes loud is where the notes stand.
    let loud = audio.channels[0].map { abs($0) > 0.3 }
    for time in times {
      let window = Int((time - 0.02) * 44_100)..<Int((time + 0.02) * 44_100)
      let start = try #require(window.first { loud[$0] })
      #expect(abs(Double(start) / 44_100 - time) < 0.003)
    }
    #expect(audio.channels[0].prefix(Int(report.leadIn * 44_100)).allSatisfy { abs($0) < 1e-3 })
  }

  @Test func `what the tags leave out comes from the file's name`() throws {
    let bench = try Workbench()
    let report = try bench.convert(song, as: "07 - Some Band - Some Song.wav")
    let metadata = try ChartFolder(path: report.folder).chart.metadata
    #expect(metadata.artist == "Some Band" && metadata.title == "Some Song")
    #expect(metadata.albumTrack == 7 && metadata.album == "Some Song")
    let lonely = try bench.convert(song + Data([0]), as: "just-a-name.wav")
    #expect(lonely.artist == "Unknown Artist" && lonely.title == "just-a-name")
  }

  @Test func `the same song again takes its old chart's place`() throws {
    let bench = try Workbench()
    let first = try bench.convert(song, as: "A - B.wav")
    let again = try bench.convert(song, as: "A - B.wav")
    #expect(first.folder == again.folder && again.isReplacement)
    #expect(bench.results.count == 1)
  }

  @Test func `another song of the same name gets a number`() throws {
    let bench = try Workbench()
    try bench.convert(song, as: "A - B.wav")
    let other = WaveFile.bytes(clicks(seconds: 7), rate: 44_100)
    for _ in 0..<2 { try bench.convert(other, as: "A - B.wav") }
    #expect(bench.results == ["A - B (Chart Hero)", "A - B (Chart Hero) (2)"])
  }

  @Test func `a chart that a person has worked on is never replaced`() throws {
    let bench = try Workbench()
    let first = try bench.convert(song, as: "A - B.wav")
    let chart = URL(filePath: first.folder + "/notes.chart")
    try (try Data(contentsOf: chart) + Data("\n".utf8)).write(to: chart)
    let again = try bench.convert(song, as: "A - B.wav")
    #expect(again.folder == first.folder + " (2)")
    // Nor is a folder that we did not make.
    try FileManager.default.createDirectory(
      at: bench.outbox.appending(path: "C - D (Chart Hero)"), withIntermediateDirectories: true)
    #expect(try bench.convert(song, as: "C - D.wav").folder.hasSuffix("(2)"))
  }

  @Test func `hostile tags stay inside the outbox`() throws {
    let bench = try Workbench()
    let report = try bench.convert(song, as: "..\\..\\x - \u{202E}..wav")
    #expect(bench.results.count == 1)
    #expect(report.folder.hasPrefix(bench.outbox.path + "/"))
  }

  @Test func `progress rises from stage to stage`() throws {
    let bench = try Workbench()
    try song.write(to: bench.folder("x.wav"))
    var news: [ConversionProgress] = []
    _ = try bench.converter.convert(
      path: bench.folder("x.wav").path, outbox: bench.outbox.path
    ) { news.append($0) }
    #expect(news.contains(.decoded(format: "WAV 16-bit, 44100 Hz, stereo", seconds: 6)))
    let fractions = news.compactMap { news -> Double? in
      if case .working(_, let fraction) = news { fraction } else { nil }
    }
    #expect(fractions == fractions.sorted() && fractions.last! >= 0.99 && fractions.last! <= 1)
  }

  @Test func `leftovers of a killed conversion are cleared away`() throws {
    let bench = try Workbench()
    let left = try bench.folder.folder("out/.partial-dead")
    try Data("x".utf8).write(to: left.appending(path: "song.ogg"))
    try bench.convert(song, as: "A - B.wav")
    #expect(bench.results == ["A - B (Chart Hero)"])
  }
}

@Suite("Songs that cannot be converted")
struct ConversionFailureTests {
  @Test func `each gets a plain reason, and the outbox stays empty`() throws {
    let bench = try Workbench()
    let silence = WaveFile.bytes([Double](repeating: 0, count: 44_100 * 4), rate: 44_100)
    let short = WaveFile.bytes(clicks(seconds: 6), rate: 44_100).prefix(44 + 8_820 * 2)
    let cases: [(Data, String, String)] = [
      (Data(), "empty.mp3", "the file is empty"),
      (Data("Hello there, this is no music.\n".utf8), "text.mp3", "it is text, not audio"),
      (Data(short), "short.wav", "it is too short to be a song (0.2 s)"),
      (silence, "silence.wav", "there is only silence in it"),
      (Data("MThd".utf8 + [0, 0, 0, 6]), "x.mid", "it is a MIDI file"),
    ]
    for (bytes, name, reason) in cases {
      let error = try bench.failure(bytes, as: name)
      #expect(error.reason.hasPrefix(reason))
      #expect(error.stage == .decode && error.isSongAtFault && error.file == name)
    }
    #expect(bench.results.isEmpty)
    // And the next song still converts.
    try bench.convert(WaveFile.bytes(clicks(seconds: 5), rate: 8_000), as: "8 kHz mono.wav")
    try bench.convert(
      WaveFile.bytes(clicks(seconds: 5, rate: 96_000), rate: 96_000, channels: 2, bits: 24),
      as: "96 kHz.wav")
    #expect(bench.results.count == 2)
  }

  @Test func `a song without drums says so`() throws {
    let bench = try Workbench { audio, metadata, _ in
      Transcriber.transcription(
        of: Activations(
          frames: 500, framesPerSecond: 100,
          values: [Float](repeating: 0, count: 500 * OutputLayout.count)),
        duration: audio.duration, calibration: Calibration(), minimumConfidence: 0,
        metadata: metadata)
    }
    let error = try bench.failure(WaveFile.bytes(clicks(seconds: 5), rate: 44_100), as: "x.wav")
    #expect(error.reason == "no drums were heard in it")
    #expect(error.stage == .transcribe && error.isSongAtFault)
    #expect(bench.results.isEmpty)
  }

  @Test func `what is not the song's fault can be told apart`() throws {
    let song = WaveFile.bytes(clicks(seconds: 5), rate: 44_100)
    let cancelled = try Workbench { _, _, _ in throw CancellationError() }
    let error = try cancelled.failure(song, as: "x.wav")
    #expect(error.reason == "it was cancelled" && !error.isSongAtFault)

    let bench = try Workbench()
    try song.write(to: bench.folder("x.wav"))
    let full = try #require(throws: ConversionError.self) {
      try bench.converter.convert(
        path: bench.folder("x.wav").path, outbox: bench.folder("x.wav").path)
    }
    #expect(full.stage == .write && !full.isSongAtFault)
    let missing = try #require(throws: ConversionError.self) {
      try bench.converter.convert(path: bench.folder("none").path, outbox: bench.outbox.path)
    }
    #expect(missing.reason.contains("No such file") && !missing.isSongAtFault)
    let model = try #require(throws: ConversionError.self) {
      try SongConverter(options: ConversionOptions(model: "/nowhere/model.safetensors"))
    }
    #expect(model.stage == .model && !model.isSongAtFault)
  }
}

@Suite("Converting with the shipped model")
struct ShippedModelTests {
  static let model = TemporaryFolder.names(in: Repository.file("models"))
    .first { $0.hasSuffix(".safetensors") }.map { Repository.file("models/" + $0).path }

  @Test(.enabled(if: model != nil, "there is no model in models/"))
  func `ten seconds of a real song become a chart`() throws {
    let model = try #require(Self.model)
    let folder = try TemporaryFolder()
    let song = try Data(contentsOf: Repository.file("samples/Sectoid - Feelings.wav"))
    try song.prefix(44 + 10 * 4 * 44_100).write(to: folder("Sectoid - Feelings.wav"))
    let report = try SongConverter.convert(
      path: folder("Sectoid - Feelings.wav").path, outbox: folder("out").path,
      options: ConversionOptions(model: model))
    #expect(report.artist == "Sectoid" && report.title == "Feelings")
    let chart = try ChartFolder(path: report.folder).chart
    let notes = try #require(chart.tracks[.expert]?.notes)
    #expect(notes.count > 20)
    #expect(chart.tempoMap.seconds(at: notes[0].tick) >= 2)
  }
}
