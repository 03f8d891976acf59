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
      on), OUTPUT/log.jsonl and event files for TensorBoard, and at the end \
      OUTPUT/NAME.safetensors: the averaged weights with thresholds, offsets and confidences \
      calibrated on validation performances.

      With Open MPI, `mpirun -n 4 charthero-train fit ...` trains on four processes, each with \
      batches of the settings' size: a step hears four times as many windows. The first process \
      writes. Where one is lost, the run ends and --resume, on as many, goes on.
      """)

  @Option(
    help: "Settings of the model and of its training (TOML); given again, laid over the former.")
  var config: [String]

  @OptionGroup var sources: Sources

  @Option(help: "The run's folder.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "Begin with the weights of this model, or the averaged ones of this checkpoint; of the same "
        + "architecture and size.",
      valueName: "model"))
  var from: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Learn from the answers of these models too, as far as distillation.weight says.",
      valueName: "model"))
  var teacher: [String] = []

  @Flag(help: "Go on from the checkpoint in the run's folder.")
  var resume = false

  @Option(help: "Another seed than the settings' draws other examples and weights.")
  var seed: UInt64?

  @Option(help: "Threads; all cores by default.")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Sizes for a machine, over those of the settings: local, cloud, or auto, which looks.",
      valueName: "name"))
  var configuration: Configuration?

  @Option(
    name: .customLong("memory-limit-gb"),
    help: ArgumentHelp(
      "Memory the run may take; batch and rendered music are fitted to it.", valueName: "number"))
  var memoryLimit: Double?

  @Option(
    help: ArgumentHelp(
      "Train on this share of the examples: fewer steps, the schedule in proportion.",
      valueName: "0...1"))
  var sampleRatio = 1.0

  @Flag(
    help: ArgumentHelp(
      "All that the machine has: every core, nine tenths of the free memory, and the precision and "
        + "batch that are fastest when tried; says what it chose and why."))
  var highPerformance = false

  @Flag(help: "A few minutes through every stage, to see that everything works.")
  var quickTest = false

  func validate() throws {
    guard !highPerformance || threads == nil else {
      throw ValidationError("--high-performance takes all cores; leave out --threads")
    }
    guard !config.isEmpty else { throw ValidationError("give --config") }
    if let memoryLimit, !(memoryLimit > 0) {
      throw ValidationError("--memory-limit-gb is a number above 0")
    }
    guard sampleRatio > 0, sampleRatio <= 1 else {
      throw ValidationError("--sample-ratio is above 0 and at most 1")
    }
    if let threads, threads < 1 { throw ValidationError("--threads is a number above 0") }
  }

  func run() throws {
    let interrupt = Interrupt()
    let processes = try Processes.joined { interrupt.happened }
    if processes?.writes == false { Terminal.isQuiet = true }
    if let threads = threads ?? processes?.threads { Parallel.threads = threads }
    guard !highPerformance || processes == nil else {
      throw ValidationError("--high-performance is for one process on its own")
    }
    var (settings, limit) = try chosenSettings()
    if let limit { settings.data = MemoryPlan.fitted(settings.data, to: limit) }
    if resume, limit != nil { try takeSizes(ofRunIn: output, into: &settings) }
    BFloat16.isUsed = settings.optimisation.mixedPrecision
    guard BFloat16.isUsed == settings.optimisation.mixedPrecision else {
      throw TrainingError(
        path: config.last ?? "", stage: "choosing the precision",
        reason: "mixedPrecision needs a processor with AVX-512 BF16 and the library oneDNN")
    }
    Terminal.say(
      BLAS.kernelDescription + (processes.map { ", in each of \($0.count) processes" } ?? ""))
    let data = sources.data(for: settings)
    try checkSources(settings, data)
    let stream = try ExampleStream(
      settings: data, seed: settings.optimisation.seed, pace: settings.pace)
    if let limit, !resume {
      settings =
        highPerformance
        ? try fastest(settings, data: data, to: limit)
        : try fitted(settings, data: data, to: limit, processes)
    }
    let trainer = try Trainer(
      settings: settings, folder: output, resume: resume, start: from,
      validation: try unheard(settings, data), processes: processes, examples: stream.example)
    Terminal.say("\(settings.name): \(trainer.parameterCount) weights")
    let complete = try run(trainer, interrupt, processes)
    processes?.leave()
    if processes?.writes == false { return }
    Terminal.endProgress()
    Terminal.say("Peak memory: \(MemoryPlan.gigabytes(Machine.peakMemory))")
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

  /// Trains; where another process of the run is lost, saves what there is.
  private func run(
    _ trainer: Trainer, _ interrupt: Interrupt, _ processes: Processes?
  ) throws -> Bool {
    do {
      return try trainer.run(
        report: { Terminal.progress($0.line) }, shouldStop: { interrupt.happened })
    } catch let error where processes?.isBroken == true {
      // Said before it is saved: mpirun leaves a second for both.
      Terminal.isQuiet = false
      Terminal.endProgress()
      Terminal.say(
        "charthero-train: \(error) --resume goes on from \(Trainer.checkpoint(in: output))")
      try trainer.save()
      throw ExitCode(Failure.temporary)
    }
  }

  /// The settings file under the chosen configuration, and the bytes that the run may take.
  private func chosenSettings() throws -> (FitSettings, Int?) {
    var settings = try SettingsFile.fit(config)
    settings.optimisation.seed = seed ?? settings.optimisation.seed
    if !teacher.isEmpty {
      let weight = settings.distillation?.weight
      settings.distillation =
        weight.map { Distillation(teachers: teacher, weight: $0) }
        ?? Distillation(teachers: teacher)
    }
    var limit = memoryLimit.map { Int($0 * 1e9) }
    if let configuration {
      let choice = configuration.choice(for: settings, on: .current)
      choice.reasons.forEach(Terminal.say)
      settings = choice.settings
      limit = limit ?? choice.memoryLimit
    }
    if highPerformance {
      limit = limit ?? Int(HighPerformance.memoryShare * Double(Machine.current.memory))
    }
    settings.optimisation.schedule = settings.optimisation.schedule.shortened(to: sampleRatio)
    return (quickTest ? settings.quickTest : settings, limit)
  }

  /// What would otherwise be noticed after hours, or not at all.
  private func checkSources(_ settings: FitSettings, _ data: StreamSettings) throws {
    let given =
      sources.kits + sources.performances + sources.accompaniment + sources.soundfonts
      + [sources.rooms].compactMap(\.self)
    for path in given where !FileManager.default.fileExists(atPath: path) {
      throw TrainingError(path: path, stage: "looking for the data", reason: "it is not there")
    }
    let kits = Set((data.kits + data.drumSoundfonts).map { ($0 as NSString).lastPathComponent })
    guard settings.validation.kits.contains(where: kits.contains) else {
      throw TrainingError(
        path: config.last ?? "", stage: "looking for the validation kits",
        reason: "none of validation.kits is among the kits, and the model could not be calibrated")
    }
  }

  /// What fitted or was fastest when the run began is what it goes on with.
  private func takeSizes(ofRunIn folder: String, into settings: inout FitSettings) throws {
    let begun = try Trainer.settings(in: folder)
    settings.optimisation.batch = begun.optimisation.batch
    settings.optimisation.accumulation = begun.optimisation.accumulation
    settings.data.accompaniments = begun.data.accompaniments
    guard highPerformance else { return }
    settings.optimisation.schedule = begun.optimisation.schedule
    settings.optimisation.mixedPrecision = begun.optimisation.mixedPrecision
    settings.optimisation.recompute = begun.optimisation.recompute
  }

  private func fastest(
    _ settings: FitSettings, data: StreamSettings, to limit: Int
  ) throws -> FitSettings {
    var whole = settings
    whole.data = data
    let machine = Machine.current
    let chosen = try HighPerformance(
      whole, on: machine, limit: limit, resident: Machine.residentMemory)
    Terminal.say("All \(machine.cores) cores compute, and examples are rendered between.")
    chosen.reasons.forEach(Terminal.say)
    var settings = settings
    settings.optimisation = chosen.settings.optimisation
    return settings
  }

  private func fitted(
    _ settings: FitSettings, data: StreamSettings, to limit: Int, _ processes: Processes?
  ) throws -> FitSettings {
    var whole = settings
    whole.data = data
    let plan = MemoryPlan(settings, limit: limit)
    var optimisation = try plan.fitted(whole, resident: Machine.residentMemory).optimisation
    if let processes {
      // One process's measure for all: they must take the same steps.
      let sizes = [optimisation.batch, optimisation.accumulation].map(Double.init)
      let shared = try processes.shared(sizes).map { Int($0) }
      (optimisation.batch, optimisation.accumulation) = (shared[0], shared[1])
    }
    Terminal.say(
      "Batches of \(optimisation.batch), \(optimisation.accumulation) to a step: one window takes "
        + "\(plan.window / 1_000_000) MB of \(MemoryPlan.gigabytes(limit))")
    var settings = settings
    settings.optimisation = optimisation
    return settings
  }

  /// Windows that training never hears, where the settings ask for looks at them.
  private func unheard(_ settings: FitSettings, _ data: StreamSettings) throws -> ExampleSource? {
    guard settings.validation.every > 0 else { return nil }
    var data = data
    data.heldOutKits = settings.validation.kits
    let stream = try ExampleStream(
      settings: data, seed: settings.validation.seed, role: .validation)
    return stream.example
  }
}

extension Configuration: ExpressibleByArgument {}
