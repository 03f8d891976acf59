import DrumNet
import Foundation
import Spectral
import TensorCore

/// Teaches a network an objective that needs no labels, and leaves a model for `fit --from`: all its
/// weights but those of the last layer, which are new.
package final class Pretrainer {
  private let settings: FitSettings
  private let objective: PretrainingObjective
  private let examples: ExampleSource
  private let network: any Network
  private let optimiser: AdamW
  private let average: MovingAverage

  /// Steps between progress reports.
  private static let reportEvery = 10

  /// - Parameters:
  ///   - settings: network, batches, schedule and seed count, as in ``Trainer``.
  ///   - start: path of a model whose weights, but for the last layer, it begins with.
  ///   - examples: of which only the sound is used; for ``PretrainingObjective/contrastive`` in
  ///     pairs.
  /// - Throws: ``TrainingError`` where the settings are impossible, `ModelError` where the model is
  ///   not to be used.
  package init(
    settings: FitSettings, objective: PretrainingObjective, start: String? = nil,
    examples: @escaping ExampleSource
  ) throws {
    let batch = settings.optimisation.batch
    let isPaired = objective == .contrastive
    var fault = settings.fault
    if isPaired && batch < 4 { fault = fault ?? "fewer than two pairs in a batch" }
    if case .seq2seq = settings.network { fault = "a network of tokens has no last layer to swap" }
    if let fault {
      throw TrainingError(
        stage: "reading the settings of \(settings.name)", reason: "impossible sizes: \(fault)")
    }
    var settings = settings
    // One window lies whole in a batch, an even number of them; nothing but the objective hides it.
    settings.optimisation.batch = isPaired ? batch / 2 * 2 : batch
    settings.masking.probability = 0
    settings.mixup = nil
    settings.optimisation.divisions = nil
    self.settings = settings
    self.objective = objective
    self.examples = examples
    network = settings.network.makeNetwork(
      bins: settings.mel.bins, outputs: objective.outputs(bins: settings.mel.bins),
      seed: settings.optimisation.seed)
    // It starts low for drums, which are rare; here that would drown all else.
    network.parameters["head.bias"]?.fill(0)
    if let start {
      let model = try ModelFile.weights(start, for: settings.network, mel: settings.mel)
      Self.copy(from: model, to: network)
    } else {
      try InputStatistics.measure(examples, mel: settings.mel, for: network)
    }
    optimiser = AdamW(network.parameters, settings: settings.optimisation.adam)
    average = MovingAverage(network.parameters, decay: settings.optimisation.averaging)
  }

  /// Trains until the last step or until `shouldStop` says so, and leaves the model at `path` then
  /// and at every checkpoint. Returns whether it came to the last step.
  package func run(
    writingTo path: String, report: (FitProgress) -> Void, shouldStop: () -> Bool
  ) throws -> Bool {
    let (settings, examples) = (settings, examples)
    let loader = BatchLoader(first: 0) { index in
      try TrainingBatch(
        index: index, settings: settings, examples: examples, mel: LogMel(settings: settings.mel))
    }
    defer { loader.stop() }
    let total = settings.optimisation.schedule.totalSteps
    var clock = ContinuousClock.now
    while optimiser.step < total {
      let (loss, rate, norm) = try step(loader)
      let done = optimiser.step
      if done % Self.reportEvery == 0 || done == total {
        let windows =
          Self.reportEvery * settings.optimisation.batch * settings.optimisation.accumulation
        let pace = Double(windows) / ((ContinuousClock.now - clock) / .seconds(1))
        clock = .now
        report(
          FitProgress(
            step: done, steps: total, loss: loss, f: 0, learningRate: rate, gradientNorm: norm,
            examplesPerSecond: pace,
            secondsLeft: Double((total - done) * windows / Self.reportEvery) / pace))
      }
      let stop = shouldStop()
      if stop || done % settings.optimisation.checkpointEvery == 0 || done == total {
        try write(to: path)
      }
      if stop { break }
    }
    return optimiser.step == total
  }

  private func step(_ loader: BatchLoader) throws -> (loss: Double, rate: Double, norm: Double) {
    let count = settings.optimisation.accumulation
    let rate = settings.optimisation.schedule.rate(at: optimiser.step)
    var sum = 0.0
    for _ in 0..<count {
      let batch = try loader.next()
      var random = SeededGenerator(seed: settings.optimisation.seed, index: batch.index)
      let tape = Tape(
        random: Random(seed: random.next()), recomputes: settings.optimisation.recompute)
      let loss = objective.loss(of: network, batch, using: &random, tape)
      sum += Double(loss.item) / Double(count)
      guard loss.isFinite else {
        throw TrainingError(
          stage: "pre-training step \(optimiser.step + 1)",
          reason: "a value is not a number, first in "
            + "\(tape.firstNonFiniteOperation() ?? "the loss"); what was written last is kept")
      }
      tape.backward(from: loss, scale: 1 / Float(count))
    }
    let norm = optimiser.update(rate: rate)
    guard norm.isFinite else {
      throw TrainingError(
        stage: "pre-training step \(optimiser.step + 1)",
        reason: "the gradient is not a number; what was written last is kept")
    }
    average.update()
    return (sum, rate, norm)
  }

  /// The averaged weights under a new last layer.
  private func write(to path: String) throws {
    average.swap()
    defer { average.swap() }
    let model = settings.network.makeNetwork(
      bins: settings.mel.bins, seed: settings.optimisation.seed)
    Self.copy(from: network, to: model)
    try ModelFile.write(
      model,
      settings: ModelSettings(name: settings.name, network: settings.network, mel: settings.mel),
      to: path)
  }

  /// All weights that both have in the same shape.
  private static func copy(from source: any Network, to target: any Network) {
    for parameter in target.parameters.all {
      guard let found = source.parameters[parameter.name], found.shape == parameter.tensor.shape
      else { continue }
      parameter.tensor.copy(from: found)
    }
  }
}
