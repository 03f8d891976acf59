import DrumNet
import Foundation
import TensorCore
import TestSupport
import Testing
import Transcription

@testable import Training

@Suite("Learning without labels") struct PretrainingTests {
  /// Tones that come and go: something that can be made up from what is around it. Pairs 2i and
  /// 2i + 1 have the same tones under different noise.
  private static func tones(_ index: Int) -> TrainingExample {
    var pair = SeededGenerator(seed: 4, index: index / 2)
    var own = SeededGenerator(seed: 5, index: index)
    let pitches = (0..<3).map { _ in Float(pair.logUniform(80, 8_000)) }
    let speeds = (0..<3).map { _ in Float(pair.uniform(1, 5)) }
    let noise = own.gain(decibels: -26, -14)
    let audio = (0..<44_100).map { i -> Float in
      let t = Float(i) / 44_100
      let sum = zip(pitches, speeds).map { sin(2 * .pi * $0 * t) * max(0, sin(.pi * $1 * t)) }
      return 0.1 * sum.reduce(0, +) + noise * Float(own.uniform(-1, 1))
    }
    return TrainingExample(audio: audio, onsets: [], beats: [])
  }

  @Test(
    "Both objectives are learned, and leave a model that fit goes on from",
    arguments: PretrainingObjective.allCases)
  func learns(_ objective: PretrainingObjective) throws {
    let folder = try TemporaryFolder()
    let path = folder("model.safetensors").path
    func losses(rate: Double, steps: Int) throws -> [Double] {
      let settings = TechniqueTests.settings {
        $0.optimisation.schedule = Schedule(peak: rate, warmUpSteps: 5, totalSteps: steps)
      }
      let trainer = try Pretrainer(
        settings: settings, objective: objective, examples: { Self.tones($0 % 32) })
      var losses: [Double] = []
      let complete = try trainer.run(
        writingTo: path, report: { losses.append($0.loss) }, shouldStop: { false })
      #expect(complete && losses.count == steps / 10)
      return losses
    }
    let (untaught, taught) = (try losses(rate: 1e-12, steps: 20), try losses(rate: 5e-3, steps: 60))
    // What is hidden is known to be between silent and loud: its entropy stays.
    let share = objective == .masked ? 0.97 : 0.8
    #expect(
      try #require(taught.last) < share * #require(untaught.min()), "\(untaught) \(taught)")
    let settings = TechniqueTests.settings()
    let model = try ModelFile.read(path).network
    let fresh = settings.network.makeNetwork(bins: 128, seed: settings.optimisation.seed)
    let isNew = { (name: String) in
      model.parameters[name]?.values == fresh.parameters[name]?.values
    }
    #expect(isNew("head.weight") && isNew("head.bias") && !isNew("fold.weight"))
    let fit = try Trainer(
      settings: settings, folder: folder("run").path, resume: false, start: path,
      examples: TechniqueTests.example)
    #expect(try fit.run(report: { _ in }, shouldStop: { true }) == false)
    // And so does another pre-training.
    #expect(throws: Never.self) {
      try Pretrainer(
        settings: settings, objective: objective, start: path, examples: Self.tones)
    }
  }

  @Test("Two of a kind need a pair and rivals")
  func refuses() {
    #expect(throws: TrainingError.self) {
      try Pretrainer(
        settings: TechniqueTests.settings { $0.optimisation.batch = 3 }, objective: .contrastive,
        examples: Self.tones)
    }
  }

  @Test("Pairs are the same strokes in another sound")
  func pairs() throws {
    let stream = try SynthesisTests.stream()
    for pair in 0..<4 {
      let (a, b) = (try stream.pairedExample(2 * pair), try stream.pairedExample(2 * pair + 1))
      let differ = a.audio != b.audio
      let again = try stream.pairedExample(2 * pair + 1).audio == b.audio
      let isPlain = try stream.example(pair).audio == a.audio
      #expect(a.onsets == b.onsets && differ && again && isPlain)
    }
    #expect(try stream.pairedExample(0).onsets != stream.pairedExample(2).onsets)
  }

  @Test("Music without labels comes as stretches of every file, the same ones every time")
  func unlabelled() throws {
    let folder = try TemporaryFolder()
    for (index, pitch) in [200.0, 900].enumerated() {
      let samples = (0..<88_200).map { 0.5 * sin(2 * Double.pi * pitch * Double($0) / 44_100) }
      try WaveFile.bytes(samples, rate: 44_100)
        .write(to: folder.folder("in").appending(path: "\(index).wav"))
    }
    var settings = StreamSettings()
    settings.seconds = 0.5
    settings.augments = false
    let music = try UnlabelledAudio(folders: [folder.url.path], settings: settings, seed: 1)
    let examples = try (0..<8).map { try music.example($0) }
    func crossings(_ samples: [Float]) -> Int {
      zip(samples, samples.dropFirst()).count { ($0 < 0) != ($1 < 0) }
    }
    #expect(Set(examples.map { crossings($0.audio) / 100 }) == [2, 9])
    #expect(examples.allSatisfy { $0.audio.count == 22_050 && $0.onsets.isEmpty })
    let again = try music.example(3).audio == examples[3].audio
    #expect(again)
    settings.augments = true
    let treated = try UnlabelledAudio(folders: [folder.url.path], settings: settings, seed: 1)
    let differ = try treated.pairedExample(0).audio != treated.pairedExample(1).audio
    #expect(differ)
    #expect(throws: TrainingError.self) {
      try UnlabelledAudio(
        folders: [try folder.folder("empty").path], settings: settings, seed: 1)
    }
  }
}
