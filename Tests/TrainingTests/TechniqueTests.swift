import DrumNet
import Foundation
import Spectral
import TensorCore
import TestSupport
import Testing
import Transcription

@testable import Training

@Suite("Techniques of training") struct TechniqueTests {
  /// Noise with a kick at a place that follows from the index.
  static func example(_ index: Int) -> TrainingExample {
    var random = SeededGenerator(seed: 3, index: index)
    let audio = (0..<44_100).map { _ in Float(random.uniform(-0.1, 0.1)) }
    let onset = Onset(time: 0.1 + random.uniform(0, 0.7), drum: .kick)
    return TrainingExample(audio: audio, onsets: [onset], beats: [])
  }

  static func settings(_ change: (inout FitSettings) -> Void = { _ in }) -> FitSettings {
    var settings = FitSettings(name: "test", network: .hybrid(.tiny))
    settings.data.seconds = 1
    settings.optimisation.batch = 4
    settings.optimisation.schedule = Schedule(peak: 4e-3, warmUpSteps: 5, totalSteps: 10)
    settings.masking.probability = 0
    change(&settings)
    return settings
  }

  static func batch(_ settings: FitSettings) throws -> TrainingBatch {
    try TrainingBatch(
      index: 0, settings: settings, examples: example, mel: LogMel(settings: settings.mel))
  }

  private func loss(_ batch: TrainingBatch, _ logits: [Float]) -> Float {
    let shape = [batch.windows, batch.frames, OutputLayout.count]
    return Tensor(logits, shape).bceWithLogits(
      targets: Tensor(batch.targets, shape), weights: Tensor(batch.weights, shape),
      normaliser: 1, nil
    ).item
  }

  @Test("A blend of two windows costs what it is made of, and looks like both")
  func blend() throws {
    let whole = try Self.batch(Self.settings())
    var blended = whole
    blended.blend(0, with: 1, of: whole, share: 0.7)
    var swapped = whole
    swapped.blend(0, with: 1, of: whole, share: 0)
    var random = SeededGenerator(seed: 8)
    // The same answers for both windows, so that only the labels differ.
    let size = whole.frames * OutputLayout.count
    let answers = (0..<size).map { _ in Float(random.normal()) }
    let logits = (0..<whole.windows).flatMap { _ in answers }
    let parts = 0.7 * loss(whole, logits) + 0.3 * loss(swapped, logits)
    #expect(abs(loss(blended, logits) - parts) < 1e-4 * parts)
    let seen = 0.7 * whole.features[5] + 0.3 * swapped.features[5]
    #expect(abs(blended.features[5] - seen) < 1e-5)
    let row = whole.features.count / whole.windows
    let isKept = blended.features[row...] == whole.features[row...]
    #expect(isKept)
  }

  @Test("Mixup blends the asked share of windows, by the seed alone, more of its own in each")
  func mixup() throws {
    let plain = try Self.batch(Self.settings())
    let mixed = Self.settings { $0.mixup = Mixup(probability: 0.5, alpha: 0.4) }
    let isSame = try Self.batch(mixed).features == Self.batch(mixed).features
    #expect(isSame)
    let size = plain.features.count / plain.windows
    var changed = 0
    for seed in 0..<25 {
      var batch = plain
      var random = SeededGenerator(seed: UInt64(seed))
      Mixup(probability: 0.5, alpha: 0.4).apply(to: &batch, using: &random)
      for window in 0..<plain.windows {
        let range = window * size..<(window + 1) * size
        if batch.features[range] != plain.features[range] { changed += 1 }
        // A full target stays at least half.
        let labels = plain.frames * OutputLayout.count
        for i in window * labels..<(window + 1) * labels where plain.targets[i] == 1 {
          #expect(batch.targets[i] >= 0.5)
        }
      }
    }
    #expect((30...70).contains(changed))
  }

  @Test("Windows of several lengths hold the same frames, cut")
  func divisions() throws {
    let plain = try Self.batch(Self.settings())
    let cut = try Self.batch(Self.settings { $0.optimisation.divisions = [2] })
    let isSame = cut.features == plain.features && cut.targets == plain.targets
    #expect(cut.windows == 8 && cut.frames == 50 && isSame)
    let odd = Self.settings { $0.optimisation.divisions = [1, 3] }
    #expect(odd.frames == 96 && odd.fault == nil)
    #expect(Self.settings { $0.optimisation.divisions = [] }.fault != nil)
    #expect(Self.settings { $0.optimisation.divisions = [0] }.fault != nil)
    let lengths = try (0..<20).map { index in
      try TrainingBatch(
        index: index, settings: odd, examples: Self.example, mel: LogMel(settings: odd.mel)
      ).frames
    }
    #expect(Set(lengths) == [96, 32])
  }

  @Test("A curriculum begins slow and without music, and ends as the settings have it")
  func curriculum() throws {
    let settings = Self.settings {
      $0.curriculum = Curriculum(share: 0.5, slowest: 2)
      $0.optimisation.schedule.totalSteps = 100
    }
    let pace = try #require(settings.pace)
    #expect(pace.level(of: 0) == 0 && pace.level(of: 100) == 0.5 && pace.level(of: 200) == 1)
    #expect(pace.level(of: 1_000) == 1 && pace.fastest(at: 1) == .infinity)
    var data = StreamSettings()
    data.mixShare = 0.8
    let easy = data.eased(to: 0)
    #expect(easy.mixShare == 0 && easy.quietestDrums == data.loudestDrums)
    #expect(data.eased(to: 0.5).mixShare == 0.4 && data.eased(to: 1) == data)
    // Half of what is played has a stroke each two seconds, half has eight a second.
    let performances = [4, 0.25].map { gap in
      Performance(
        name: "\(gap)", origin: .played,
        hits: (0..<Int(110 / gap)).map {
          PerformedHit(beat: Double($0) * gap, articulation: .snare, velocity: 90)
        }, grid: BeatGrid(beatsPerMinute: 120, beatsPerBar: 4, seconds: 60))
    }
    func strokes(_ pace: Curriculum.Pace?) throws -> Int {
      let stream = try SynthesisTests.stream { $0.playedShare = 1_000 }
      let paced = ExampleStream(
        settings: stream.settings, seed: 11, kits: stream.kits, performances: performances,
        library: stream.library, reverb: try Reverb(folder: nil), pace: pace)
      return try (0..<20).map { try paced.example($0).onsets.count }.reduce(0, +)
    }
    let free = try strokes(nil)
    let slow = try strokes(Curriculum(share: 1, slowest: 2).paced(over: 10_000))
    #expect(Double(slow) < 0.6 * Double(free))
    #expect(try strokes(Curriculum(share: 1, slowest: 2).paced(over: 1)) > slow)
  }

  @Test("Teachers move the targets by their weight, and only where labels say something")
  func distillation() throws {
    let folder = try TemporaryFolder()
    let path = folder("teacher.safetensors").path
    let settings = Self.settings()
    let network = settings.network.makeNetwork(bins: settings.mel.bins, seed: 5)
    let teacher = DrumModel(
      network: network, settings: ModelSettings(name: "t", network: settings.network))
    try teacher.write(to: path)
    let batch = try Self.batch(settings)
    let size = batch.features.count / batch.windows
    let answer = teacher.activations(
      features: Array(batch.features[..<size]), frames: batch.frames)
    let half = try Teachers(Distillation(teachers: [path, path]), mel: settings.mel).soften(batch)
    for i in answer.indices {
      // A model from a file may listen in bfloat16.
      #expect(abs(half.targets[i] - 0.5 * (batch.targets[i] + answer[i])) < 2e-3)
    }
    let isSame = half.weights == batch.weights && half.features == batch.features
    #expect(isSame)
    var other = settings.mel
    other.compression = 5
    #expect(throws: TrainingError.self) {
      try Teachers(Distillation(teachers: [path]), mel: other)
    }
    #expect(Self.settings { $0.distillation = Distillation(teachers: []) }.fault != nil)
    #expect(throws: ModelError.self) {
      try Trainer(
        settings: Self.settings { $0.distillation = Distillation(teachers: [path + "x"]) },
        folder: folder("run").path, resume: false, examples: Self.example)
    }
  }

  @Test("Models kept along a run average to the mean of their weights; others are refused")
  func average() throws {
    let folder = try TemporaryFolder()
    let settings = Self.settings { $0.optimisation.keepEvery = 5 }
    let run = folder("run").path
    let trainer = try Trainer(
      settings: settings, folder: run, resume: false, examples: Self.example)
    #expect(try trainer.run(report: { _ in }, shouldStop: { false }))
    let paths = [run + "/step-5.safetensors", run + "/step-10.safetensors"]
    let merged = folder("merged.safetensors").path
    try WeightAverage.of(paths).write(to: merged)
    let (a, b) = (try ModelFile.read(paths[0]).network, try ModelFile.read(paths[1]).network)
    let mean = try ModelFile.read(merged).network
    for (index, parameter) in mean.parameters.all.enumerated() {
      let (x, y) = (a.parameters.all[index].tensor, b.parameters.all[index].tensor)
      for i in 0..<parameter.tensor.count {
        #expect(abs(parameter.tensor[i] - 0.5 * (x[i] + y[i])) < 1e-6)
      }
    }
    let isSame = a.parameters.all[0].tensor.values == b.parameters.all[0].tensor.values
    #expect(!isSame)
    // A checkpoint stands for its averaged weights.
    #expect(throws: Never.self) {
      try WeightAverage.of([paths[0], Trainer.checkpoint(in: run)])
    }
    let cnn = NetworkSettings.cnn(.baseline)
    try ModelFile.write(
      cnn.makeNetwork(bins: 128, seed: 1), settings: ModelSettings(name: "c", network: cnn),
      to: folder("cnn.safetensors").path)
    #expect(throws: ModelError.self) {
      try WeightAverage.of([paths[0], folder("cnn.safetensors").path])
    }
    #expect(throws: TrainingError.self) { try WeightAverage.of([paths[0]]) }
  }

  @Test("An ensemble answers the mean of its models, and reads it by the mean of their thresholds")
  func ensemble() throws {
    let folder = try TemporaryFolder()
    let settings = Self.settings()
    let paths = try [1, 2].map { seed in
      let path = folder("\(seed).safetensors").path
      var model = ModelSettings(name: "m\(seed)", network: settings.network)
      model.calibration[.kick].threshold = 0.2 * Double(seed)
      try ModelFile.write(
        settings.network.makeNetwork(bins: 128, seed: UInt64(seed)), settings: model, to: path)
      return path
    }
    let spectrogram = LogMel(settings: settings.mel).spectrogram(of: Self.example(1).audio)
    let alone = try paths.map { try Ensemble([$0]).activations(of: spectrogram).values }
    let both = try Ensemble(paths)
    let together = try both.activations(of: spectrogram).values
    for i in together.indices {
      #expect(abs(together[i] - 0.5 * (alone[0][i] + alone[1][i])) < 1e-6)
    }
    let differ = alone[0] != alone[1]
    #expect(differ && both.settings.name == "m1 + m2")
    #expect(abs(both.settings.calibration[.kick].threshold - 0.3) < 1e-9)
    let model = try DrumModel(contentsOf: paths[0])
    let isSame = try Windows.activations(of: spectrogram, model: model).values == alone[0]
    #expect(isSame)
  }
}
