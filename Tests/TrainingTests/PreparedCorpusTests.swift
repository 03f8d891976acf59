import Audio
import DrumNet
import Foundation
import Spectral
import TestSupport
import Testing
import Transcription

@testable import Training

@Suite("Preparing real recordings") struct PreparedCorpusTests {
  @Test("An offset is measured to 4 ms, whichever way, and a fitting song has no residual")
  func offsets() throws {
    let song = FakeSong()
    for delay in [-0.21, -0.03, 0, 0.012, 0.18] {
      let alignment = try #require(
        OnsetAlignment(of: song.onsets, in: song.audio(delay: delay)))
      #expect(abs(alignment.offset - delay) < 0.004, "\(delay): \(alignment.offset)")
      #expect(try #require(alignment.residual) < 0.004)
      #expect(CorpusPreparation.objection(to: alignment) == nil)
    }
  }

  @Test("A song that runs away from its notes, or has others, is refused with the reason")
  func refusals() throws {
    let song = FakeSong(seconds: 60)
    let drifting = try #require(
      OnsetAlignment(of: song.onsets, in: song.audio(stretch: 1.004)))
    let reason = try #require(CorpusPreparation.objection(to: drifting))
    #expect(reason.contains("30 ms"), "\(reason)")
    // The same strokes a seventh slower: another recording, or another song.
    let slower = song.onsets.map { Onset(time: $0.time * 1.14, drum: $0.drum) }
    let other = try #require(OnsetAlignment(of: slower, in: song.audio()))
    #expect(CorpusPreparation.objection(to: other) != nil, "\(other)")
    #expect(OnsetAlignment(of: Array(song.onsets.prefix(5)), in: song.audio()) == nil)
  }

  /// Three song folders: one that fits, one that is 90 ms late, one that drifts.
  private static func games(_ folder: TemporaryFolder) throws -> CorpusDescription {
    try FakeSong().writeGame(try folder.folder("in/fits"))
    try FakeSong(seed: 3).writeGame(try folder.folder("in/late"), midi: true, delay: 0.09)
    try FakeSong(seconds: 60, seed: 4).writeGame(try folder.folder("in/drifts"), stretch: 1.004)
    return CorpusDescription(sources: [
      "games": .init(
        kind: .game, folder: folder("in").path, role: .training, licence: "made for this test")
    ])
  }

  /// Sixteenths of two feet, 111 ms apart, under guitars that play the same.
  @Test func `even sixteenths do not lie one of them beside the sound`() throws {
    let model = try DrumModel(
      contentsOf: Repository.file("models/hybrid-small.safetensors").path)
    let audio = try AudioFile.decode(path: Repository.file("samples/chaosland.mp3").path).buffer
    let samples = audio.downmixed()
    let heard = try Windows.activations(
      of: LogMel(settings: model.settings.mel).spectrogram(of: samples), model: model)
    let onsets = PeakPicking.pick(
      heard, calibration: model.settings.calibration, minimumConfidence: 0
    ).onsets
    for moved in [0, 0.04] {
      let alignment = try #require(
        OnsetAlignment(of: onsets.map { $0.delayed(by: -moved) }, in: samples))
      #expect(abs(alignment.offset - moved) < 0.012)
      #expect(try #require(alignment.residual) < 0.03)
    }
  }

  @Test("What is prepared holds the whole mix, the moved strokes, and only the songs that fit")
  func prepare() throws {
    let folder = try TemporaryFolder()
    let description = try Self.games(folder)
    let output = folder("out").path
    let reports = try CorpusPreparation(output: output).run(description) { _, _ in }
    let report = try #require(reports.first)
    #expect(report.songs[.training] == 2)
    #expect(report.dropped.count == 1 && report.dropped[0].name.hasPrefix("drifts"))
    let text = report.text
    #expect(text.contains("made for this test") && text.contains("velocities not known"))
    #expect(text.contains("30..100: 1"), "\(text)")

    let corpus = try PreparedCorpus(folder: output, roles: [.training])
    #expect(corpus.songs.count == 2)
    let index = try #require(corpus.songs.firstIndex { $0.entry.name == "late" })
    let late = corpus.songs[index]
    #expect(abs(late.entry.offset - 0.09) < 0.004)
    let original = FakeSong(seed: 3)
    #expect(late.annotation.onsets.count == original.strokes.count)
    #expect(abs(late.annotation.onsets[0].time - 1 - late.entry.offset) < 0.126)
    // The backing tone is in the mix: no 20 ms before the first stroke are silent.
    let example = try corpus.example(index)
    #expect(example.audio.count == 26 * 44_100)
    #expect(OnsetMeasure.rootMeanSquare(example.audio[10_000..<10_882]) > 0.05)
    #expect(try PreparedCorpus(folder: output, roles: [.validation]).songs.isEmpty)
  }

  @Test("A look at the corpus writes nothing; the sample ratio always takes the same songs")
  func check() throws {
    let folder = try TemporaryFolder()
    var rows = ""
    let song = FakeSong(seconds: 3.2)
    for number in 0..<8 {
      try FakeSong.write(song.audio(), to: folder("\(number).wav"))
      rows = song.onsets.map { "\($0.time)\t\($0.drum.name)\t\($0.velocity)\n" }.joined()
      try Data(("time_s\tclass\tvelocity\n" + rows).utf8).write(to: folder("\(number).tsv"))
    }
    let description = CorpusDescription(sources: [
      "tables": .init(kind: .tsv, folder: folder.url.path, licence: "ours")
    ])
    var options = CorpusPreparation.Options()
    options.sampleRatio = 0.5
    options.memoryLimit = 1
    let before = TemporaryFolder.names(in: folder.url)
    let first = try CorpusPreparation(options: options).run(description) { _, _ in }
    let second = try CorpusPreparation(options: options).run(description) { _, _ in }
    #expect(first[0].text == second[0].text)
    #expect(first[0].leftOut > 0 && first[0].leftOut < 8)
    #expect(TemporaryFolder.names(in: folder.url) == before)
  }

  @Test("Training hears real recordings beside rendered ones, cut anywhere, labels in place")
  func stream() throws {
    let folder = try TemporaryFolder()
    let output = folder("out").path
    _ = try CorpusPreparation(output: output).run(try Self.games(folder)) { _, _ in }
    var settings = StreamSettings()
    settings.seconds = 4
    settings.preparedShare = 0.5
    settings.augments = false
    let stream = ExampleStream(
      settings: settings, seed: 5, kits: KitLibrary(kits: [SynthesisTests.kit()]),
      performances: [SynthesisTests.performance(.played)],
      library: AccompanimentLibrary(songs: [], soundfonts: [], count: 0, seconds: 10, seed: 1),
      prepared: [try PreparedCorpus(folder: output, roles: [.training])],
      reverb: try Reverb(folder: nil))
    var real = 0
    for index in 0..<16 {
      let example = try stream.example(index)
      #expect(example.audio.count == 4 * 44_100)
      #expect(try stream.example(index).audio == example.audio)
      guard example.onsets.contains(where: { $0.velocity == 0 }) else { continue }
      real += 1
      #expect(!example.beats.isEmpty)
      let alignment = OnsetAlignment(of: example.onsets, in: example.audio)
      if let alignment { #expect(abs(alignment.offset) < 0.01) }
    }
    #expect(real >= 3 && real <= 13)
  }

  @Test("A stroke of unknown velocity is an onset and nothing more to the loss")
  func unknownVelocity() {
    func weights(_ velocity: Int) -> (onset: Float, velocity: Float, open: Float) {
      let targets = TrainingTargets(
        onsets: [Onset(time: 0.1, drum: .hihat, velocity: velocity)], beats: [], frames: 20,
        framesPerSecond: 100, settings: TargetSettings())
      let row = 10 * OutputLayout.count
      return (
        targets.targets[row + OutputLayout.onset(.hihat)],
        targets.weights[row + OutputLayout.velocity(.hihat)],
        targets.weights[row + OutputLayout.hihatOpen]
      )
    }
    #expect(weights(0) == (1, 0, 0))
    #expect(weights(90).velocity > 0 && weights(90).open > 0)
  }
}
