package import DrumNet
import Foundation
import Spectral
import TensorCore

/// One training run: batches in order, forward, backward, update, average, and now and then a
/// checkpoint from which `resume` goes on with the same bits.
package final class Trainer {
  private let settings: FitSettings
  private let examples: ExampleSource
  /// The run's folder: `checkpoint.safetensors`, `log.jsonl`.
  private let folder: String
  private let state: TrainingCheckpoint
  private var network: any Network { state.network }
  private var optimiser: AdamW { state.optimiser }

  /// Steps between progress reports.
  private static let reportEvery = 10
  /// Windows from which the features' mean and deviation per bin are taken.
  private static let statisticsWindows = 64

  /// Begins a run in `folder`, or goes on from the checkpoint that is there. Throws
  /// ``TrainingError`` where the folder cannot be made or the checkpoint is of another run.
  /// - Parameter start: path of a model of the same sizes whose weights the run begins with
  ///   instead of random ones.
  package init(
    settings: FitSettings, folder: String, resume: Bool, start: String? = nil,
    examples: @escaping ExampleSource
  ) throws {
    self.settings = settings
    self.examples = examples
    self.folder = folder
    if let fault = settings.network.fault {
      throw TrainingError(
        path: settings.name, stage: "making the network", reason: "impossible sizes: \(fault)")
    }
    if resume {
      state = try TrainingCheckpoint(contentsOf: Self.checkpoint(in: folder))
      guard state.progress[Self.settingsKey] == (try Self.text(of: settings)) else {
        throw TrainingError(
          path: Self.checkpoint(in: folder), stage: "resuming",
          reason: "it was begun with other settings; give the same ones or another folder")
      }
      return
    }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw TrainingError(
        path: folder, stage: "making the run's folder", reason: error.localizedDescription)
    }
    guard !FileManager.default.fileExists(atPath: Self.checkpoint(in: folder)) else {
      throw TrainingError(
        path: Self.checkpoint(in: folder), stage: "starting",
        reason: "another run's checkpoint is there; resume it or give another folder")
    }
    let network =
      try start.map { try ModelFile.weights($0, for: settings.network, mel: settings.mel) }
      ?? settings.network.makeNetwork(bins: settings.mel.bins, seed: settings.optimisation.seed)
    state = TrainingCheckpoint(
      settings: ModelSettings(name: settings.name, network: settings.network, mel: settings.mel),
      network: network,
      optimiser: AdamW(network.parameters, settings: settings.optimisation.adam),
      average: MovingAverage(network.parameters, decay: settings.optimisation.averaging),
      progress: [Self.settingsKey: try Self.text(of: settings)])
    if start == nil { try measureInput() }
  }

  /// The checkpoint of a run's folder.
  package static func checkpoint(in folder: String) -> String { folder + "/checkpoint.safetensors" }

  private static let settingsKey = "fit"

  private static func text(of settings: FitSettings) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(settings), as: UTF8.self)
  }

  /// The averaged weights as a model, not yet calibrated. Ends the training: the weights
  /// themselves are no longer in the network.
  package func finish() -> DrumModel {
    state.average.swap()
    return DrumModel(network: network, settings: state.settings)
  }

  package var parameterCount: Int { network.parameters.count }

  /// Trains until the last step, or until `shouldStop` says so after a step; either way a
  /// checkpoint is left. Returns whether the run is complete.
  package func run(
    report: (FitProgress) -> Void, shouldStop: () -> Bool
  ) throws -> Bool {
    let (settings, examples) = (settings, examples)
    let loader = BatchLoader(first: optimiser.step) { index in
      try TrainingBatch(
        index: index, settings: settings, examples: examples, mel: LogMel(settings: settings.mel))
    }
    defer { loader.stop() }
    let total = settings.optimisation.schedule.totalSteps
    var clock = ContinuousClock.now
    var windows = 0
    while optimiser.step < total {
      let batch = try loader.next()
      let wantsReport =
        (optimiser.step + 1) % Self.reportEvery == 0 || optimiser.step + 1 == total
      let outcome = try step(on: batch, scoring: wantsReport)
      windows += batch.windows
      if let f = outcome.f {
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        let pace = Double(windows) / seconds
        let progress = FitProgress(
          step: optimiser.step, steps: total, loss: outcome.loss, f: f,
          learningRate: outcome.rate, gradientNorm: outcome.norm, examplesPerSecond: pace,
          secondsLeft: Double((total - optimiser.step) * batch.windows) / pace)
        report(progress)
        try RunLog.append(progress, to: folder + "/log.jsonl")
        (clock, windows) = (ContinuousClock.now, 0)
      }
      let stop = shouldStop()
      if stop || optimiser.step % settings.optimisation.checkpointEvery == 0
        || optimiser.step == total
      {
        try state.write(to: Self.checkpoint(in: folder))
      }
      if stop { break }
    }
    return optimiser.step == total
  }

  private struct Outcome {
    var loss: Double
    var f: Double?
    var rate: Double
    var norm: Double
  }

  private func step(on batch: TrainingBatch, scoring: Bool) throws -> Outcome {
    let shape = [batch.windows, batch.frames, OutputLayout.count]
    let seed = settings.optimisation.seed &+ UInt64(optimiser.step) &* 0x9E37_79B9
    let tape = Tape(random: Random(seed: seed))
    let features = Tensor(batch.features, [batch.windows, batch.frames, settings.mel.bins])
    let logits = network.forward(features, tape: tape)
    let cells = Float(batch.windows * batch.frames * DrumClass.allCases.count)
    let loss = logits.bceWithLogits(
      targets: Tensor(batch.targets, shape), weights: Tensor(batch.weights, shape),
      normaliser: cells, tape)
    let value = Double(loss.item)
    let rate = settings.optimisation.schedule.rate(at: optimiser.step)
    guard value.isFinite else { throw notFinite(batch, tape) }
    let f =
      scoring
      ? BatchScore.counts(
        logits: logits.values, batch: batch, framesPerSecond: settings.mel.framesPerSecond
      ).f : nil
    tape.backward(from: loss)
    let norm = optimiser.update(rate: rate)
    guard norm.isFinite else { throw notFinite(batch, tape) }
    state.average.update()
    return Outcome(loss: value, f: f, rate: rate, norm: norm)
  }

  private func notFinite(_ batch: TrainingBatch, _ tape: Tape) -> TrainingError {
    let operation = tape.firstNonFiniteOperation() ?? "the backward pass"
    return TrainingError(
      stage: "training step \(optimiser.step + 1)",
      reason: "a value is not a number, first in \(operation), at the examples from "
        + "\(batch.index * batch.windows) on with seed \(settings.optimisation.seed); "
        + "the last checkpoint is kept")
  }

  /// Gives the network the mean and deviation of each bin over the stream's first windows.
  private func measureInput() throws {
    let mel = LogMel(settings: settings.mel)
    let bins = settings.mel.bins
    var sums = [Double](repeating: 0, count: bins)
    var squares = [Double](repeating: 0, count: bins)
    var frames = 0
    for number in 0..<Self.statisticsWindows {
      let spectrogram = mel.spectrogram(of: try examples(number).audio)
      frames += spectrogram.frames
      for frame in 0..<spectrogram.frames {
        for bin in 0..<bins {
          let value = Double(spectrogram.values[frame * bins + bin])
          sums[bin] += value
          squares[bin] += value * value
        }
      }
    }
    let mean = sums.map { $0 / Double(frames) }
    let deviation = zip(squares, mean).map { max(0, $0 / Double(frames) - $1 * $1).squareRoot() }
    network.setInputStatistics(mean: mean.map(Float.init), deviation: deviation.map(Float.init))
  }
}
