import DrumNet
import Foundation
import TensorCore
import TestSupport
import Testing
import Transcription

@testable import Training

@Suite("Learning from corrected charts") struct RefreshTests {
  private static func settings(steps: Int) -> FitSettings {
    var settings = FitSettings(name: "tiny", network: .hybrid(.tiny))
    settings.data.seconds = 2
    settings.data.mixShare = 0
    settings.data.drumlessShare = 0
    settings.data.augments = false
    settings.optimisation.batch = 2
    settings.optimisation.schedule = Schedule(peak: 4e-3, warmUpSteps: 5, totalSteps: steps)
    settings.optimisation.averaging = 0.9
    return settings
  }

  private static func stream(
    _ settings: FitSettings, seed: UInt64, prepared: [PreparedCorpus] = []
  ) throws -> ExampleStream {
    ExampleStream(
      settings: settings.data, seed: seed, kits: KitLibrary(kits: [SynthesisTests.kit()]),
      performances: [SynthesisTests.performance(.played)],
      library: AccompanimentLibrary(songs: [], soundfonts: [], count: 0, seconds: 10, seed: 1),
      prepared: prepared, reverb: try Reverb(folder: nil))
  }

  private static func others(_ settings: FitSettings) throws -> EvaluationSet {
    let stream = try stream(settings, seed: 99)
    return EvaluationSet(title: "others", count: 4) { index in
      let example = try stream.example(index)
      return AnnotatedRecording(
        name: "\(index)", audio: example.audio, onsets: example.onsets, beats: [])
    }
  }

  /// A model that has heard one kit, chart folders of another, and what came of a refresh.
  private static func refreshed(
    in folder: TemporaryFolder, options: Refresh.Options
  ) throws -> (path: String, model: DrumModel, outcome: Refresh.Outcome, report: CorpusReport) {
    let settings = settings(steps: 60)
    let first = try Trainer(
      settings: settings, folder: folder("first").path, resume: false,
      examples: try stream(settings, seed: 1).example)
    _ = try first.run(report: { _ in }, shouldStop: { false })
    let path = folder("tiny.safetensors").path
    try first.finish().write(to: path)
    for number in 0..<4 {
      try FakeSong(seconds: 10, seed: UInt64(number))
        .writeGame(try folder.folder("charts/\(number)"), midi: number % 2 == 0)
    }
    let (corpus, report) = try Refresh.prepare(
      charts: folder("charts").path, work: folder("work").path, options: options)
    let refresh = Refresh(
      settings: settings, options: options, corpus: corpus, others: try others(settings))
    var taught = settings
    taught.data = refresh.data(settings.data)
    #expect(taught.data.prepared == [corpus])
    let examples = try stream(
      taught, seed: 2, prepared: [PreparedCorpus(folder: corpus, roles: [.training])])
    let result = try refresh.run(
      model: path, in: folder("work/run").path, examples: examples.example,
      calibrate: { $0 }, report: { _ in }, shouldStop: { false })
    let (model, outcome) = try #require(result)
    return (path, model, outcome, report)
  }

  @Test("A few corrected charts of an unheard kit teach a model that kit")
  func learns() throws {
    let folder = try TemporaryFolder()
    var options = Refresh.Options()
    options.steps = 80
    options.rate = 3e-3
    options.largestLoss = 1
    let (path, model, outcome, report) = try Self.refreshed(in: folder, options: options)
    #expect(report.songs[.training] == 4)
    #expect(outcome.after.charts > outcome.before.charts + 0.02, "\(outcome)")
    #expect(outcome.isBetter)
    // The better model takes the old one's place, which stays beside it.
    let old = FileManager.default.contents(atPath: path)
    let previous = try Refresh.install(model, over: path)
    #expect(FileManager.default.contents(atPath: previous) == old)
    #expect(FileManager.default.contents(atPath: path) != old)
    #expect(try DrumModel(contentsOf: path).parameterCount == model.parameterCount)
    #expect(!FileManager.default.fileExists(atPath: folder("tiny.new.safetensors").path))
  }

  @Test("What does not help is not taken: neither worse on the charts nor worse elsewhere")
  func refuses() throws {
    let folder = try TemporaryFolder()
    var options = Refresh.Options()
    options.steps = 2
    options.rate = 0
    let (_, _, outcome, _) = try Self.refreshed(in: folder, options: options)
    #expect(outcome.after.charts == outcome.before.charts)
    #expect(!outcome.isBetter)
  }

  @Test("One chart is too few: there would be nothing to compare on")
  func tooFew() throws {
    let folder = try TemporaryFolder()
    try FakeSong(seconds: 10).writeGame(try folder.folder("charts/only"))
    #expect(throws: TrainingError.self) {
      try Refresh.prepare(
        charts: folder("charts").path, work: folder("work").path, options: .init())
    }
  }
}
