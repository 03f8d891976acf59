package import DrumNet
import Foundation
import Spectral
import TensorCore

/// One training run: batches in order, forward, backward, update, average, and now and then a
/// checkpoint from which `resume` goes on with the same bits.
package final class Trainer {
  private let settings: FitSettings
  private let examples: ExampleSource
  private let validation: ExampleSource?
  /// The run's folder: `checkpoint.safetensors`, `best.safetensors`, `log.jsonl`, event files.
  private let folder: String
  /// The others that train with this process, each on its share.
  private let processes: Processes?
  private let teachers: Teachers?
  private let state: TrainingCheckpoint
  private var network: any Network { state.network }
  private var optimiser: AdamW { state.optimiser }

  /// Steps between progress reports.
  private static let reportEvery = 10

  /// Begins a run in `folder`, or goes on from the checkpoint that is there. Throws
  /// ``TrainingError`` where the folder cannot be made or the checkpoint is of another run.
  /// - Parameter start: path of a model of the same sizes whose weights the run begins with
  ///   instead of random ones.
  /// - Parameter validation: what is looked at every ``ValidationSettings/every`` steps.
  /// - Parameter processes: those that train together, where there are others. Each takes batches of
  ///   the settings' size, so that a step hears as many times more windows; the first one writes.
  package init(
    settings: FitSettings, folder: String, resume: Bool, start: String? = nil,
    validation: ExampleSource? = nil, processes: Processes? = nil,
    examples: @escaping ExampleSource
  ) throws {
    self.processes = processes
    precondition(validation != nil || settings.validation.every == 0)
    self.settings = settings
    self.examples = examples
    self.validation = validation
    self.folder = folder
    if let fault = settings.fault {
      throw TrainingError(
        stage: "reading the settings of \(settings.name)", reason: "impossible sizes: \(fault)")
    }
    teachers = try settings.distillation.map { try Teachers($0, mel: settings.mel) }
    if resume {
      state = try TrainingCheckpoint(contentsOf: Self.checkpoint(in: folder))
      guard state.progress[Self.settingsKey] == (try Self.text(of: settings)) else {
        throw TrainingError(
          path: Self.checkpoint(in: folder), stage: "resuming",
          reason: "it was begun with other settings; give the same ones or another folder")
      }
      try refuseOtherProcesses()
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
    if let processes { state.progress[Self.processesKey] = "\(processes.count)" }
    if start == nil { try InputStatistics.measure(examples, mel: settings.mel, for: network) }
  }

  /// The checkpoint of a run's folder.
  package static func checkpoint(in folder: String) -> String { folder + "/checkpoint.safetensors" }

  /// The settings with which the run in a folder was begun.
  package static func settings(in folder: String) throws -> FitSettings {
    let path = checkpoint(in: folder)
    guard let text = try TrainingCheckpoint(contentsOf: path).progress[settingsKey],
      let settings = try? JSONDecoder().decode(FitSettings.self, from: Data(text.utf8))
    else {
      throw TrainingError(
        path: path, stage: "resuming", reason: "it was begun by another version of this program")
    }
    return settings
  }

  private static var settingsKey: String { "fit" }
  private static var selectionKey: String { "selection" }
  private static var processesKey: String { "processes" }
  private var best: String { folder + "/best.safetensors" }

  private static func text(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The averaged weights as a model, not yet calibrated: those that heard the validation windows
  /// best, or the last where none were looked at. Ends the training: the weights themselves are no
  /// longer in the network.
  package func finish() throws -> DrumModel {
    if state.progress[Self.selectionKey] != nil { return try DrumModel(contentsOf: best) }
    state.average.swap()
    return DrumModel(network: network, settings: state.settings)
  }

  package var parameterCount: Int { network.parameters.count }

  /// Whether this process writes what the run leaves.
  private var writes: Bool { processes?.writes != false }

  /// Keeps the last whole step; where several processes train, one of them does.
  package func save() throws {
    if writes { try state.write(to: Self.checkpoint(in: folder)) }
  }

  /// Other numbers of processes would hear other examples.
  private func refuseOtherProcesses() throws {
    let begun = state.progress[Self.processesKey].flatMap { Int($0) } ?? 1
    guard begun == processes?.count ?? 1 else {
      throw TrainingError(
        path: Self.checkpoint(in: folder), stage: "resuming",
        reason: "it was begun by \(begun) process\(begun == 1 ? "" : "es"), to be started as many "
          + "by mpirun -n; or begin another run --from it")
    }
  }

  /// Trains until the last step, or until validation has not gained for long enough, or until
  /// `shouldStop` says so after a step; in each case a checkpoint is left. Returns whether the run
  /// is complete.
  package func run(
    report: (FitProgress) -> Void, shouldStop: () -> Bool
  ) throws -> Bool {
    let (settings, examples) = (settings, examples)
    var selection = try makeSelection()
    var isOver = try agreed(selection?.isOver == true)
    // All have looked at the folder by now. A run of several processes can be lost at any step.
    if processes != nil { try save() }
    let log = writes ? try RunLog(folder: folder) : nil
    let (processCount, rank) = (processes?.count ?? 1, processes?.rank ?? 0)
    let loader = BatchLoader(first: optimiser.step * settings.optimisation.accumulation) { index in
      try TrainingBatch(
        index: index * processCount + rank, settings: settings, examples: examples,
        mel: LogMel(settings: settings.mel))
    }
    defer { loader.stop() }
    let total = settings.optimisation.schedule.totalSteps
    var clock = ContinuousClock.now
    var windows = 0
    while optimiser.step < total, !isOver {
      let next = optimiser.step + 1
      let looks =
        validation != nil && settings.validation.every > 0
        && (next % settings.validation.every == 0 || next == total)
      let outcome = try step(
        loader, scoring: looks || next % Self.reportEvery == 0 || next == total)
      windows += outcome.windows
      if let f = outcome.f {
        let pace = Double(windows) / ((ContinuousClock.now - clock) / .seconds(1))
        var progress = FitProgress(
          step: next, steps: total, loss: outcome.loss, f: f,
          learningRate: outcome.rate, gradientNorm: outcome.norm, examplesPerSecond: pace,
          secondsLeft: Double((total - next) * outcome.windows) / pace)
        if looks, let log { progress.validation = try look(&selection, log) }
        report(progress)
        try log?.append(progress)
        (clock, windows) = (ContinuousClock.now, 0)
      }
      let stop = try agreed(shouldStop())
      isOver = try agreed(selection?.isOver == true)
      if stop || next % settings.optimisation.checkpointEvery == 0 || next == total || isOver {
        try save()
      }
      if let every = settings.optimisation.keepEvery, next % every == 0, writes {
        try ModelFile.write(
          network, settings: state.settings, to: "\(folder)/step-\(next).safetensors")
      }
      if stop { break }
    }
    return optimiser.step == total || isOver
  }

  /// Whether this is so in any of the processes.
  private func agreed(_ value: Bool) throws -> Bool { try processes?.any(value) ?? value }

  // MARK: Validation

  private func makeSelection() throws -> ModelSelection? {
    guard settings.validation.every > 0, let validation, writes else { return nil }
    let state = try state.progress[Self.selectionKey].map {
      try JSONDecoder().decode(ModelSelection.State.self, from: Data($0.utf8))
    }
    return try ModelSelection(
      settings: settings, examples: validation, mel: LogMel(settings: settings.mel),
      state: state ?? ModelSelection.State())
  }

  /// Scores the averaged weights, and keeps them as a model where they are the best so far.
  private func look(_ selection: inout ModelSelection?, _ log: RunLog) throws -> ValidationScore? {
    guard selection != nil else { return nil }
    state.average.swap()
    defer { state.average.swap() }
    let looked = selection?.look(at: network, step: optimiser.step)
    if looked?.isBest == true {
      try ModelFile.write(network, settings: state.settings, to: best)
    }
    if let picture = try selection?.picture(of: network) {
      try log.append(picture, step: optimiser.step)
    }
    state.progress[Self.selectionKey] = try Self.text(of: selection?.state)
    return looked?.score
  }

  // MARK: One step

  private struct Outcome {
    var loss = 0.0
    var f: Double?
    var rate = 0.0
    var norm = 0.0
    var windows = 0
  }

  /// One update from as many batches as are accumulated. `f` is of the last of them.
  private func step(_ loader: BatchLoader, scoring: Bool) throws -> Outcome {
    let count = settings.optimisation.accumulation
    var outcome = Outcome(rate: settings.optimisation.schedule.rate(at: optimiser.step))
    for part in 0..<count {
      let batch = try loader.next()
      let number =
        (optimiser.step * count + part) * (processes?.count ?? 1) + (processes?.rank ?? 0)
      let seed = settings.optimisation.seed &+ UInt64(number) &* 0x9E37_79B9
      let tape = Tape(random: Random(seed: seed), recomputes: settings.optimisation.recompute)
      let (logits, loss) = TrainingLoss(targets: settings.targets, loss: settings.loss)
        .of(
          network, batch, softened: teachers?.soften(batch) ?? batch, bins: settings.mel.bins, tape)
      guard loss.isFinite else { throw notFinite(batch, tape) }
      outcome.loss += Double(loss.item) / Double(count)
      outcome.windows += batch.windows * (processes?.count ?? 1)
      if scoring, part == count - 1 {
        outcome.f = BatchScore.f(
          logits: batch.heard(by: network, logits), batch: batch,
          framesPerSecond: settings.mel.framesPerSecond)
      }
      tape.backward(from: loss, scale: 1 / Float(count))
      if part == count - 1 {
        if let processes {
          outcome.loss = try processes.sums([outcome.loss])[0] / Double(processes.count)
          try processes.average(gradientsOf: network.parameters)
        }
        outcome.norm = optimiser.update(rate: outcome.rate)
        guard outcome.norm.isFinite else { throw notFinite(batch, tape) }
      }
    }
    state.average.update()
    return outcome
  }

  private func notFinite(_ batch: TrainingBatch, _ tape: Tape) -> TrainingError {
    let operation = tape.firstNonFiniteOperation() ?? "the backward pass"
    return TrainingError(
      stage: "training step \(optimiser.step + 1)",
      reason: "a value is not a number, first in \(operation), at the examples from "
        + "\(batch.index * batch.windows) on with seed \(settings.optimisation.seed); "
        + "the last checkpoint is kept")
  }
}
