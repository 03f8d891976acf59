import ArgumentParser
import DrumNet
import Foundation
import TensorCore
import Training

struct Pretrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Teach a network what music sounds like before it learns drums from labels.",
    discussion: """
      Writes a model for `fit --from`, now and then and at the end; Ctrl-C writes it and stops. \\
      --objective masked makes up hidden parts of the spectrogram, of any music (--audio) or of \\
      rendered songs. --objective contrastive tells two mixes of the same drums from others; with \\
      --audio, two treatments of the same stretch.
      """)

  @Option(
    help: "Settings of the model and of this training (TOML); given again, laid over the former.")
  var config: [String]

  @Option(help: "What to learn: masked or contrastive.")
  var objective: PretrainingObjective

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Folders of music without labels, instead of rendered songs.", valueName: "folder"))
  var audio: [String] = []

  @OptionGroup var sources: Sources

  @Option(help: ArgumentHelp("Go on with the weights of this model.", valueName: "model"))
  var from: String?

  @Option(help: "Where the model goes (safetensors).")
  var output: String

  @Option(help: "Another seed than the settings'.")
  var seed: UInt64?

  @Option(help: "Threads; all cores by default.")
  var threads: Int?

  @Option(
    name: .customLong("memory-limit-gb"),
    help: ArgumentHelp(
      "Memory the run may take; batch and rendered music are fitted to it.", valueName: "number"))
  var memoryLimit: Double?

  func validate() throws {
    guard !config.isEmpty else { throw ValidationError("give --config") }
    if let memoryLimit, !(memoryLimit > 0) {
      throw ValidationError("--memory-limit-gb is a number above 0")
    }
    if let threads, threads < 1 { throw ValidationError("--threads is a number above 0") }
  }

  func run() throws {
    if let threads { Parallel.threads = threads }
    var settings = try SettingsFile.fit(config)
    settings.optimisation.seed = seed ?? settings.optimisation.seed
    // Only labels are softened by teachers, and there are none.
    settings.distillation = nil
    BFloat16.isUsed = settings.optimisation.mixedPrecision && BFloat16.isAvailable
    Terminal.say(BLAS.kernelDescription)
    if let limit = memoryLimit.map({ Int($0 * 1e9) }) {
      settings.data = MemoryPlan.fitted(settings.data, to: limit)
      settings.optimisation = try MemoryPlan(settings, limit: limit)
        .fitted(settings, resident: Machine.residentMemory).optimisation
    }
    let trainer = try Pretrainer(
      settings: settings, objective: objective, start: from, examples: try examples(settings))
    let interrupt = Interrupt()
    let complete = try trainer.run(
      writingTo: output, report: { Terminal.progress($0.unscoredLine) },
      shouldStop: { interrupt.happened })
    Terminal.endProgress()
    Terminal.say("\(complete ? "Wrote" : "Stopped; what is learned is in") \(output)")
  }

  private func examples(_ settings: FitSettings) throws -> ExampleSource {
    let isPaired = objective == .contrastive
    let data = sources.data(for: settings)
    let seed = settings.optimisation.seed
    guard audio.isEmpty else {
      let music = try UnlabelledAudio(folders: audio, settings: data, seed: seed)
      return isPaired ? music.pairedExample : music.example
    }
    let stream = try ExampleStream(settings: data, seed: seed)
    return isPaired ? stream.pairedExample : stream.example
  }
}

extension PretrainingObjective: ExpressibleByArgument {}
