import DrumNet
import Foundation
import Spectral
import Synchronization
import TensorCore
import Testing
import Training
import Transcription

/// Examples that a test has made already; every run begins with the same ones.
private let made = Mutex<[Int: TrainingExample]>([:])

/// Clicks of two pitches, one per class, at times drawn from the index.
private func clicks(_ index: Int) -> TrainingExample {
  if let example = made.withLock({ $0[index] }) { return example }
  let example = newClicks(index)
  made.withLock { $0[index] = example }
  return example
}

private func newClicks(_ index: Int) -> TrainingExample {
  var random = SeededGenerator(seed: 5, index: index)
  var audio = (0..<44_100).map { _ in Float.random(in: -0.001...0.001, using: &random) }
  var onsets: [Onset] = []
  for step in 0..<4 {
    let drum: DrumClass = Bool.random(using: &random) ? .kick : .hihat
    let time = 0.1 + 0.2 * Double(step) + Double.random(in: 0...0.05, using: &random)
    let pitch: Float = drum == .kick ? 80 : 9_000
    for i in 0..<2_000 {
      let t = Float(i) / 44_100
      audio[Int(time * 44_100) + i] += 0.5 * exp(-60 * t) * sin(2 * .pi * pitch * t)
    }
    onsets.append(Onset(time: time, drum: drum))
  }
  return TrainingExample(audio: audio, onsets: onsets, beats: [])
}

private func settings(steps: Int) -> FitSettings {
  var settings = FitSettings(name: "test", network: .hybrid(.tiny))
  settings.data.seconds = 1
  settings.optimisation.batch = 2
  settings.optimisation.schedule = Schedule(peak: 4e-3, warmUpSteps: 5, totalSteps: steps)
  settings.optimisation.averaging = 0.9
  return settings
}

/// Nothing is dropped, so that losses compare.
private let quiet: HybridSettings = {
  var settings = HybridSettings.tiny
  settings.dropout = 0
  return settings
}()

private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

@Suite struct TrainerTests {
  @Test("A short run learns to tell two clicks apart in audio it never trained on")
  func learns() throws {
    try withFolder { folder in
      let trainer = try Trainer(
        settings: settings(steps: 120), folder: folder, resume: false, examples: clicks)
      var losses: [Double] = []
      let complete = try trainer.run(report: { losses.append($0.loss) }, shouldStop: { false })
      #expect(complete)
      #expect(try #require(losses.last) < 0.5 * losses[0])
      let evaluator = Evaluator(model: try trainer.finish())
      let scores = try (9_000..<9_010).map { index in
        let example = clicks(index)
        return try evaluator.score(
          AnnotatedRecording(
            name: "\(index)", audio: example.audio, onsets: example.onsets, beats: []))
      }
      #expect(ScoreTable(title: "clicks", songs: scores).total(.eight).f > 0.9)
    }
  }

  @Test("A run that was stopped and resumed ends with the same bits as one that was not")
  func resumes() throws {
    func bytes(stopAfter stop: Int?) throws -> Data {
      try withFolder { folder in
        var steps = 0
        let first = try Trainer(
          settings: settings(steps: 8), folder: folder, resume: false, examples: clicks)
        let complete = try first.run(report: { _ in }) {
          steps += 1
          return steps == stop
        }
        #expect(complete == (stop == nil))
        if stop != nil {
          let second = try Trainer(
            settings: settings(steps: 8), folder: folder, resume: true, examples: clicks)
          #expect(try second.run(report: { _ in }, shouldStop: { false }))
        }
        return try Data(contentsOf: URL(filePath: Trainer.checkpoint(in: folder)))
      }
    }
    #expect(try bytes(stopAfter: 3) == bytes(stopAfter: nil))
  }

  @Test("Two batches accumulated train like one of twice the size")
  func accumulates() throws {
    func losses(batch: Int, accumulation: Int) throws -> [Double] {
      try withFolder { folder in
        var settings = settings(steps: 10)
        settings.network = .hybrid(quiet)
        settings.optimisation.batch = batch
        settings.optimisation.accumulation = accumulation
        let trainer = try Trainer(
          settings: settings, folder: folder, resume: false, examples: clicks)
        var losses: [Double] = []
        _ = try trainer.run(report: { losses.append($0.loss) }, shouldStop: { false })
        return losses
      }
    }
    let (one, two) = (try losses(batch: 4, accumulation: 1), try losses(batch: 2, accumulation: 2))
    #expect(one.count == 1)
    for (a, b) in zip(one, two) { #expect(abs(a - b) < 1e-4 * a) }
  }

  @Test("A run that no longer gains stops early, ends with its best model, and stays ended")
  func stopsEarly() throws {
    try withFolder { folder in
      var settings = settings(steps: 60)
      // A rate that destroys what was learned after a good start.
      settings.optimisation.schedule = Schedule(
        peak: 0.5, warmUpSteps: 40, totalSteps: 60, floor: 1)
      settings.validation.every = 5
      settings.validation.looks = 3
      settings.validation.patience = 3
      let trainer = try Trainer(
        settings: settings, folder: folder, resume: false, validation: { clicks($0 + 5_000) },
        examples: clicks)
      var looks: [FitProgress] = []
      let complete = try trainer.run(
        report: { if $0.validation != nil { looks.append($0) } }, shouldStop: { false })
      let scores = looks.compactMap(\.validation?.f)
      let best = try #require(scores.max())
      let last = try #require(looks.last)
      #expect(complete && last.step < 60)
      #expect(scores.count == 1 + 3 + scores.firstIndex(of: best)!)
      // The model is that of the best look: looked at again, it scores the same.
      let model = try trainer.finish()
      try model.write(to: folder + "/final.safetensors")
      let final = try Data(contentsOf: URL(filePath: folder + "/final.safetensors"))
      #expect(try Data(contentsOf: URL(filePath: folder + "/best.safetensors")) == final)
      let again = try Trainer(
        settings: settings, folder: folder, resume: true, validation: { clicks($0 + 5_000) },
        examples: clicks)
      var steps = 0
      #expect(
        try again.run(report: { _ in steps += 1 }, shouldStop: { false }) && steps == 0)
    }
  }

  @Test("Focus, smoothing, consistency and the beats' tolerance all train, each by another loss")
  func losses() throws {
    func loss(_ change: (inout FitSettings) -> Void) throws -> Double {
      try withFolder { folder in
        var settings = settings(steps: 10)
        settings.network = .hybrid(quiet)
        change(&settings)
        let trainer = try Trainer(
          settings: settings, folder: folder, resume: false,
          examples: { index in
            var example = clicks(index)
            example.beats = [Beat(time: 0.5, position: 1)]
            return example
          })
        var last = 0.0
        _ = try trainer.run(report: { last = $0.loss }, shouldStop: { false })
        return last
      }
    }
    let all = [
      try loss { _ in }, try loss { $0.loss.focus = 2 }, try loss { $0.loss.smoothing = 0.1 },
      try loss { $0.loss.consistency = 1 }, try loss { $0.targets.beatTolerance = 3 },
    ]
    #expect(Set(all).count == 5 && all.allSatisfy { $0 > 0 })
    // What is easy weighs less; what is smoothed can never be met; flicker is added.
    #expect(all[1] < all[0] && all[2] > all[0] && all[3] > all[0])
  }

  @Test("Impossible settings are refused in words before anything is written")
  func refusesImpossible() throws {
    try withFolder { folder in
      for change: (inout FitSettings) -> Void in [
        { $0.optimisation.batch = 0 }, { $0.loss.smoothing = 1 }, { $0.data.seconds = 0.001 },
        { $0.targets.beatTolerance = -1 },
        { settings in
          var ast = ASTSettings.tiny
          ast.heads = 7
          settings.network = .ast(ast)
        },
      ] {
        var settings = settings(steps: 1)
        change(&settings)
        #expect(throws: TrainingError.self) {
          try Trainer(settings: settings, folder: folder, resume: false, examples: clicks)
        }
      }
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }

  @Test("A checkpoint of other settings is refused and left alone")
  func refusesOtherSettings() throws {
    try withFolder { folder in
      let first = try Trainer(
        settings: settings(steps: 1), folder: folder, resume: false, examples: clicks)
      _ = try first.run(report: { _ in }, shouldStop: { false })
      let before = try Data(contentsOf: URL(filePath: Trainer.checkpoint(in: folder)))
      #expect(throws: TrainingError.self) {
        try Trainer(settings: settings(steps: 2), folder: folder, resume: true, examples: clicks)
      }
      #expect(throws: TrainingError.self) {
        try Trainer(settings: settings(steps: 1), folder: folder, resume: false, examples: clicks)
      }
      #expect(try Data(contentsOf: URL(filePath: Trainer.checkpoint(in: folder))) == before)
    }
  }

  @Test("An example that cannot be rendered ends the run with its error")
  func rendererFailure() throws {
    try withFolder { folder in
      let broken = TrainingError(path: "kit.json", stage: "rendering", reason: "it vanished")
      var settings = settings(steps: 50)
      settings.optimisation.batch = 1
      let trainer = try Trainer(settings: settings, folder: folder, resume: false) { index in
        guard index < 64 || index == 1_000 else { throw broken }
        return clicks(index)
      }
      #expect(throws: Never.self) {
        do {
          _ = try trainer.run(report: { _ in }, shouldStop: { false })
        } catch let error as TrainingError {
          #expect(error == broken)
        }
      }
    }
  }
}
