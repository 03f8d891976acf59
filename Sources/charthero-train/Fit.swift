import ArgumentParser
import DrumNet
import Foundation
import TensorCore
import Training

struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model on an endless stream rendered from kits and performances.",
    discussion: """
      Writes OUTPUT/checkpoint.safetensors while it runs (Ctrl-C saves it and stops; --resume goes \
      on), OUTPUT/log.jsonl, and at the end OUTPUT/NAME.safetensors: the averaged weights with \
      thresholds, offsets and confidences calibrated on validation performances.
      """)

  @Option(help: "Settings of the model and of its training (TOML).")
  var config: String

  @OptionGroup var sources: Sources

  @Option(help: "The run's folder.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "Begin with the weights of this model, of the same architecture and size.",
      valueName: "model"))
  var from: String?

  @Flag(help: "Go on from the checkpoint in the run's folder.")
  var resume = false

  @Option(help: "Threads; all cores by default.")
  var threads: Int?

  func run() throws {
    if let threads { Parallel.threads = threads }
    let settings = try SettingsFile.read(config, over: FitSettings.defaults)
    Terminal.say(BLAS.kernelDescription)
    let data = sources.data(for: settings)
    let stream = try ExampleStream(settings: data, seed: settings.optimisation.seed)
    let trainer = try Trainer(
      settings: settings, folder: output, resume: resume, start: from,
      examples: stream.example)
    Terminal.say("\(settings.name): \(trainer.parameterCount) weights")
    let interrupt = Interrupt()
    let complete = try trainer.run(
      report: { Terminal.progress($0.line) }, shouldStop: { interrupt.happened })
    Terminal.endProgress()
    guard complete else {
      Terminal.say("Stopped; --resume goes on from \(Trainer.checkpoint(in: output))")
      return
    }
    let path = "\(output)/\(settings.name).safetensors"
    Terminal.say("Calibrating on validation performances")
    let model = try Validation(settings: settings, data: data).calibrated(trainer.finish())
    try model.write(to: path)
    Terminal.say("Wrote \(path)")
  }
}
