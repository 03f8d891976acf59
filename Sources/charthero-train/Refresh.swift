import ArgumentParser
import DrumNet
import Foundation
import TensorCore
import Training

struct RefreshModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh",
    abstract: "Teach a model from chart folders that a person has corrected.",
    discussion: """
      Trains on from the model's weights, half on the recordings of the charts and half on rendered \
      songs as it was trained on, so that nothing is forgotten. Every fourth chart is kept out and \
      heard before and after, as are rendered songs that no training hears. The model is replaced \
      only if it hears the charts better and the rest as well (F may fall by 0.005); the old one \
      stays beside it as NAME.previous.safetensors. A running daemon takes the new one on reload \
      (systemctl reload chartherod).
      """)

  @Option(help: ArgumentHelp("Corrected chart folders with their audio.", valueName: "folder"))
  var charts: String

  @Option(help: "The model to teach and, if that helps, to replace (safetensors).")
  var model: String

  @Option(
    help: "Settings that the model was trained with (TOML); given again, laid over the former.")
  var config: [String]

  @OptionGroup var sources: Sources

  @Option(help: ArgumentHelp("A folder for the run, which must not exist.", valueName: "folder"))
  var work: String

  @Option(help: "Training steps.")
  var steps = Refresh.Options().steps

  @Option(help: "Rendered windows to watch over.")
  var windows = 100

  @Flag(help: "Replace nothing: only tell what would come of it.")
  var trial = false

  @Option(help: "Threads; all cores by default.")
  var threads: Int?

  func validate() throws {
    guard steps > 0, windows > 0, threads.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--steps, --windows and --threads are numbers above 0")
    }
  }

  func run() throws {
    if let threads { Parallel.threads = threads }
    Terminal.say(BLAS.kernelDescription)
    guard !FileManager.default.fileExists(atPath: work) else {
      throw TrainingError(path: work, stage: "starting", reason: "it exists already")
    }
    let settings = try SettingsFile.fit(config)
    var options = Refresh.Options()
    options.steps = steps
    let (corpus, report) = try Refresh.prepare(charts: charts, work: work, options: options)
    Terminal.say(report.text)
    let data = sources.data(for: settings)
    let refresh = Refresh(
      settings: settings, options: options, corpus: corpus,
      others: try unheard(settings, data))
    let stream = try ExampleStream(
      settings: refresh.data(data), seed: settings.optimisation.seed &+ 7_919)
    let interrupt = Interrupt()
    let result = try refresh.run(
      model: model, in: work + "/run", examples: stream.example,
      calibrate: { try Validation(settings: settings, data: data).calibrated($0) },
      report: { Terminal.progress($0.line) }, shouldStop: { interrupt.happened })
    Terminal.endProgress()
    guard let (taught, outcome) = result else {
      Terminal.say("Stopped; the model is as it was")
      return
    }
    print(text(outcome), terminator: "")
    if outcome.isBetter && !trial {
      let previous = try Refresh.install(taught, over: model)
      Terminal.say("Replaced \(model); the old one is \(previous)")
    } else {
      let path = work + "/\(settings.name).safetensors"
      try taught.write(to: path)
      Terminal.say("The model is as it was; what was learned is in \(path)")
    }
  }

  /// Windows on the validation kits, others than those that calibration hears.
  private func unheard(_ settings: FitSettings, _ data: StreamSettings) throws -> EvaluationSet {
    var data = data
    data.heldOutKits = settings.validation.kits
    let stream = try ExampleStream(
      settings: data, seed: settings.validation.seed &+ 1, role: .validation)
    return EvaluationSet(title: "rendered songs", count: windows) { index in
      let example = try stream.example(index)
      return AnnotatedRecording(
        name: "\(index)", audio: example.audio, onsets: example.onsets, beats: [])
    }
  }

  private func text(_ outcome: Refresh.Outcome) -> String {
    func line(_ what: String, _ before: Double, _ after: Double) -> String {
      "\(what): F \(fixed(before, 4)) before, \(fixed(after, 4)) after\n"
    }
    return line("corrected charts kept out", outcome.before.charts, outcome.after.charts)
      + line("rendered songs", outcome.before.others, outcome.after.others)
      + (outcome.isBetter ? "better\n" : "not better\n")
  }
}
