import DrumNet
import Foundation
import Spectral
import TensorCore
import Testing
import Transcription

@testable import Training

/// Clicks of two pitches in half a second.
private func clicks(_ index: Int) -> TrainingExample {
  var random = SeededGenerator(seed: 6, index: index)
  var audio = (0..<22_050).map { _ in Float.random(in: -0.001...0.001, using: &random) }
  var onsets: [Onset] = []
  for step in 0..<3 {
    let drum: DrumClass = Bool.random(using: &random) ? .kick : .hihat
    let time = 0.05 + 0.15 * Double(step) + Double.random(in: 0...0.04, using: &random)
    let pitch: Float = drum == .kick ? 80 : 9_000
    for i in 0..<1_500 {
      let t = Float(i) / 44_100
      audio[Int(time * 44_100) + i] += 0.5 * exp(-60 * t) * sin(2 * .pi * pitch * t)
    }
    onsets.append(Onset(time: time, drum: drum, velocity: drum == .kick ? 100 : 0))
  }
  return TrainingExample(audio: audio, onsets: onsets, beats: [])
}

private func settings(steps: Int) -> FitSettings {
  var network = Seq2SeqSettings.tiny
  network.encoder.stemChannels = [8, 8, 16, 16]
  (network.encoder.width, network.encoder.blocks, network.hidden) = (32, 1, 64)
  (network.encoder.dropout, network.dropout) = (0, 0)
  (network.segmentFrames, network.marginFrames, network.maximumTokens) = (32, 8, 24)
  var settings = FitSettings(name: "tokens", network: .seq2seq(network))
  settings.data.seconds = 0.5
  settings.optimisation.batch = 4
  settings.optimisation.schedule = Schedule(peak: 4e-3, warmUpSteps: 5, totalSteps: steps)
  settings.optimisation.averaging = 0.9
  return settings
}

@Suite("Networks that answer in tokens are trained like all others")
struct TokenTrainingTests {
  @Test("A batch's targets give back its strokes, with what is known of them")
  func strokes() throws {
    let settings = settings(steps: 1)
    let batch = try TrainingBatch(
      index: 3, settings: settings, examples: clicks, mel: LogMel(settings: settings.mel))
    for (window, strokes) in batch.strokes.enumerated() {
      let onsets = clicks(12 + window).onsets
      #expect(strokes.map(\.frame) == onsets.map { Int(($0.time * 100).rounded()) })
      #expect(strokes.map(\.drum) == onsets.map(\.drum))
      #expect(strokes.map(\.velocity) == onsets.map(\.velocity))
    }
  }

  private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }

  @Test("A run that was stopped and resumed ends with the same bits as one that was not")
  func resumes() throws {
    let whole = try withFolder { try run(settings(steps: 6), in: $0, stop: nil).bytes }
    #expect(try withFolder { try run(settings(steps: 6), in: $0, stop: 3).bytes } == whole)
  }

  @Test("A run learns to tell two clicks apart in audio it never trained on")
  func learns() throws {
    let whole = try withFolder { try run(settings(steps: 110), in: $0, stop: nil) }
    #expect(try #require(whole.losses.last) < 0.5 * whole.losses[0])
    let evaluator = Evaluator(model: try whole.trainer.finish())
    let scores = try (9_000..<9_012).map { index in
      let example = clicks(index)
      return try evaluator.score(
        AnnotatedRecording(
          name: "\(index)", audio: example.audio, onsets: example.onsets, beats: []))
    }
    let f = ScoreTable(title: "clicks", songs: scores).total(.eight).f
    #expect(f > 0.85, "\(f)")
  }

  private func run(
    _ settings: FitSettings, in folder: String, stop: Int?
  ) throws -> (trainer: Trainer, losses: [Double], bytes: Data) {
    var losses: [Double] = []
    var steps = 0
    var trainer = try Trainer(
      settings: settings, folder: folder, resume: false, examples: clicks)
    let complete = try trainer.run(
      report: { losses.append($0.loss) },
      shouldStop: {
        steps += 1
        return steps == stop
      })
    #expect(complete == (stop == nil))
    if stop != nil {
      trainer = try Trainer(settings: settings, folder: folder, resume: true, examples: clicks)
      _ = try trainer.run(report: { losses.append($0.loss) }, shouldStop: { false })
    }
    let bytes = try Data(contentsOf: URL(filePath: Trainer.checkpoint(in: folder)))
    return (trainer, losses, bytes)
  }
}
