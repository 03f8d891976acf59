internal import Audio
package import DrumNet
internal import Foundation
internal import TensorCore

/// Teaches a finished model from a person's corrected charts without unlearning the rest: a short run
/// from its own weights, half on the charts' recordings and half on what it was trained on.
package struct Refresh {
  package struct Options: Sendable {
    package var steps = 400
    /// Highest rate of learning: a tenth or so of a first training's.
    package var rate = 1.5e-4
    /// Share of examples that are the person's recordings; the others are rehearsal.
    package var chartShare = 0.5
    /// Every so many-th song is kept for the comparison.
    package var heldOutEvery = 4
    /// How much F on other music may fall for the new model to be taken.
    package var largestLoss = 0.005
    package init() {}
  }

  /// F at 50 ms, eight classes pooled.
  package struct Scores: Codable, Hashable, Sendable {
    /// Of the person's songs that were kept out of the training.
    package var charts: Double
    /// Of rendered songs that no training hears.
    package var others: Double

    package init(charts: Double, others: Double) {
      self.charts = charts
      self.others = others
    }
  }

  package struct Outcome: Sendable {
    package var before: Scores
    package var after: Scores
    /// Whether the charts are heard better and the rest as well as before.
    package var isBetter: Bool
  }

  private let settings: FitSettings
  private let options: Options
  /// Songs prepared by ``prepare(charts:work:options:)``.
  private let corpus: String
  private let others: EvaluationSet

  /// - Parameters:
  ///   - settings: those that the model was trained with.
  ///   - corpus: what ``prepare(charts:work:options:)`` left.
  ///   - others: rendered songs to watch over.
  package init(
    settings: FitSettings, options: Options, corpus: String, others: EvaluationSet
  ) {
    self.options = options
    self.corpus = corpus
    self.others = others
    var settings = settings
    settings.optimisation.schedule = Schedule(
      peak: options.rate, warmUpSteps: min(40, options.steps / 10), totalSteps: options.steps)
    // The average must forget the beginning within the run.
    settings.optimisation.averaging = min(settings.optimisation.averaging, 0.99)
    settings.validation.every = 0
    self.settings = settings
  }

  /// Reads the chart folders into `WORK/charts` and sets every few-th song apart for evaluation.
  /// - Throws: ``TrainingError`` where fewer than two songs can be used.
  package static func prepare(
    charts: String, work: String, options: Options
  ) throws -> (corpus: String, report: CorpusReport) {
    let folder = work + "/charts"
    let description = CorpusDescription(sources: [
      "charts": .init(kind: .game, folder: charts, role: .training, licence: "your own")
    ])
    let reports = try CorpusPreparation(output: folder).run(description) { _, _ in }
    let report = reports[0]
    let count = try PreparedCorpus(folder: folder, roles: [.training]).songs.count
    guard count >= 2 else {
      throw TrainingError(
        path: charts, stage: "reading the corrected charts",
        reason: "at least two songs are needed, one to learn from and one to compare on; "
          + "\(count) can be used\n\(report.text)")
    }
    let every = min(options.heldOutEvery, count)
    try PreparedCorpus.assign(in: folder) { $0 % every == every - 1 ? .evaluation : .training }
    return (folder, report)
  }

  /// The training's data with the charts among it.
  package func data(_ data: StreamSettings) -> StreamSettings {
    var data = data
    data.prepared = [corpus]
    data.preparedShare = options.chartShare
    return data
  }

  /// Measures the model at `path`, trains from it, measures again. The result is calibrated.
  /// - Parameters:
  ///   - run: the training's own folder.
  ///   - examples: a stream over ``data(_:)``.
  ///   - calibrate: chooses thresholds on songs that no training hears.
  /// - Returns: `nil` where `shouldStop` ended the training.
  package func run(
    model path: String, in run: String, examples: @escaping ExampleSource,
    calibrate: (DrumModel) throws -> DrumModel, report: (FitProgress) -> Void,
    shouldStop: () -> Bool
  ) throws -> (model: DrumModel, outcome: Outcome)? {
    let before = try scores(of: DrumModel(contentsOf: path))
    let trainer = try Trainer(
      settings: settings, folder: run, resume: false, start: path, examples: examples)
    guard try trainer.run(report: report, shouldStop: shouldStop) else { return nil }
    let model = try calibrate(trainer.finish())
    let after = try scores(of: model)
    let isBetter =
      after.charts > before.charts && after.others >= before.others - options.largestLoss
    return (model, Outcome(before: before, after: after, isBetter: isBetter))
  }

  private func scores(of model: DrumModel) throws -> Scores {
    let evaluator = Evaluator(model: model)
    let kept = try PreparedCorpus(folder: corpus, roles: [.evaluation])
    let charts = EvaluationSet(title: "corrected charts", count: kept.songs.count) { index in
      AnnotatedRecording(name: kept.songs[index].entry.name, example: try kept.example(index))
    }
    let tables = try [charts, others].map { try evaluator.table($0) { _ in } }
    return Scores(charts: tables[0].total(.eight).f, others: tables[1].total(.eight).f)
  }

  /// Puts a model in another's place in one step; the old one stays beside it as
  /// `NAME.previous.safetensors`. Throws where the disk refuses; the old model is then untouched.
  @discardableResult
  package static func install(_ model: DrumModel, over path: String) throws -> String {
    let url = URL(filePath: path).resolvingSymlinksInPath()
    let name = url.deletingPathExtension().lastPathComponent
    let folder = url.deletingLastPathComponent()
    let previous = folder.appending(path: name + ".previous.safetensors")
    let fresh = folder.appending(path: name + ".new.safetensors")
    try model.write(to: fresh.path)
    if FileManager.default.fileExists(atPath: previous.path) {
      try FileManager.default.removeItem(at: previous)
    }
    try FileManager.default.copyItem(at: url, to: previous)
    guard unsafe rename(fresh.path, url.path) == 0 else {
      throw TrainingError(path: path, stage: "replacing the model", reason: SystemError.text())
    }
    return previous.path
  }
}
