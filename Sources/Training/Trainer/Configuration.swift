import Spectral
import TensorCore

/// Ready-made sizes of a training run, laid over a settings file.
package enum Configuration: String, CaseIterable, Sendable {
  /// One computer: batch 32, windows of 1,024 frames, rate 1e-4 after 1,000 steps, blocks
  /// recomputed to save memory, products in bfloat16 where the machine has it.
  case local
  /// A large machine: batch 64, windows of 2,048 frames, rate 2e-4 after 2,000 steps, four batches
  /// to a step, products in bfloat16 where the machine has it.
  case cloud
  /// One of the two by what the machine has, its batch fitted to the memory.
  case auto

  /// From here on the cloud's 256 windows a step are not hours of waiting.
  private static let cloudCores = 16
  /// Bytes; what 64 windows of 20 s of the hybrid take, with as much again for data.
  private static let cloudMemory = 48_000_000_000
  /// The share of free memory that `auto` takes: other programs live too.
  private static let memoryShare = 0.6

  /// What to train with on a machine.
  package struct Choice: Sendable {
    package var settings: FitSettings
    /// Bytes that the run may take, where the choice sets a limit.
    package var memoryLimit: Int?
    /// What was chosen and why, one sentence each.
    package var reasons: [String]
  }

  package func choice(for settings: FitSettings, on machine: Machine) -> Choice {
    switch self {
    case .local: return Choice(settings: Self.local(settings, machine), reasons: [])
    case .cloud: return Choice(settings: Self.cloud(settings, machine), reasons: [])
    case .auto:
      let isLarge = machine.cores >= Self.cloudCores && machine.memory >= Self.cloudMemory
      let limit = Int(Double(machine.memory) * Self.memoryShare)
      let name = isLarge ? "cloud" : "local"
      let need = "\(Self.cloudCores) cores and \(MemoryPlan.gigabytes(Self.cloudMemory))"
      return Choice(
        settings: isLarge ? Self.cloud(settings, machine) : Self.local(settings, machine),
        memoryLimit: limit,
        reasons: [
          "The configuration is \(name): there are \(machine.cores) cores and "
            + "\(MemoryPlan.gigabytes(machine.memory)) of free memory, and cloud asks for \(need).",
          "Memory is limited to \(MemoryPlan.gigabytes(limit)), \(Int(Self.memoryShare * 100)) % "
            + "of what is free.",
          machine.hasBFloat16
            ? "Large products are computed in bfloat16: processor and oneDNN offer it."
            : "Products are computed in float32"
              + (machine.hasAVX512
                ? " with AVX-512: bfloat16 needs AVX-512 BF16 and oneDNN."
                : "; the processor has no AVX-512."),
        ])
    }
  }

  private static func local(_ settings: FitSettings, _ machine: Machine) -> FitSettings {
    var settings = settings
    settings.data.seconds = 1_024 / settings.mel.framesPerSecond
    settings.optimisation.batch = 32
    settings.optimisation.accumulation = 1
    settings.optimisation.schedule.peak = 1e-4
    settings.optimisation.schedule.warmUpSteps = 1_000
    settings.optimisation.recompute = true
    settings.optimisation.mixedPrecision = machine.hasBFloat16
    return settings
  }

  private static func cloud(_ settings: FitSettings, _ machine: Machine) -> FitSettings {
    var settings = settings
    settings.data.seconds = 2_048 / settings.mel.framesPerSecond
    settings.optimisation.batch = 64
    settings.optimisation.accumulation = 4
    settings.optimisation.schedule.peak = 2e-4
    settings.optimisation.schedule.warmUpSteps = 2_000
    settings.optimisation.mixedPrecision = machine.hasBFloat16
    return settings
  }
}

extension FitSettings {
  /// A run of minutes that goes through every stage: training, looks, checkpoints, calibration. What
  /// it learns is little.
  package var quickTest: FitSettings {
    var settings = self
    settings.data.seconds = 4
    settings.data.accompaniments = min(data.accompaniments, 3)
    settings.data.accompanimentSeconds = min(data.accompanimentSeconds, 30)
    settings.optimisation.batch = 2
    settings.optimisation.accumulation = 1
    settings.optimisation.schedule.warmUpSteps = 10
    settings.optimisation.schedule.totalSteps = 60
    settings.optimisation.checkpointEvery = 30
    settings.validation.every = 30
    settings.validation.looks = 4
    settings.validation.patience = 0
    settings.validation.windows = 6
    return settings
  }
}
