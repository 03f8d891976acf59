package import DrumNet
package import Spectral
package import TensorCore

/// Everything that decides how a model comes out: one TOML file each in `models/`.
package struct FitSettings: Codable, Sendable {
  /// Name of the model and stem of its files.
  package var name: String
  package var network: NetworkSettings
  package var mel = MelSettings()
  package var targets = TargetSettings()
  package var loss = LossSettings()
  package var optimisation = OptimisationSettings()
  package var data = StreamSettings()
  package var validation = ValidationSettings()
  package var masking = SpectrogramMasking()
  // Techniques that are used where the settings have a block of their name.
  package var mixup: Mixup?
  package var curriculum: Curriculum?
  package var distillation: Distillation?

  package init(name: String, network: NetworkSettings) {
    self.name = name
    self.network = network
  }

  /// What is wrong with the settings that concern the trainer, if anything.
  package var fault: String? {
    if let fault = network.fault ?? loss.fault { return fault }
    if let fault = mixup?.fault ?? curriculum?.fault ?? distillation?.fault
      ?? data.retuning?.fault
    {
      return fault
    }
    if case .seq2seq = network,
      mixup != nil || distillation != nil || optimisation.divisions != nil
    {
      return "a network of tokens is asked for blended, taught or cut windows"
    }
    let counts =
      [
        frames, optimisation.batch, optimisation.accumulation, optimisation.checkpointEvery,
        optimisation.keepEvery ?? 1, validation.windows, validation.looks,
      ] + (optimisation.divisions ?? [])
    if optimisation.divisions == [] { return "there is no division of the windows" }
    if counts.contains(where: { $0 < 1 }) { return "a number of windows or steps is below 1" }
    if validation.every < 0 || validation.patience < 0 { return "a number of looks is below 0" }
    if targets.beatTolerance < 0 { return "the beats' tolerance is below 0" }
    return nil
  }

  /// Frames in one training window: as many as the network can take of those rendered.
  package var frames: Int {
    let rendered = Int((data.seconds * mel.framesPerSecond).rounded())
    // A division of 0 is refused later.
    let parts = (optimisation.divisions ?? []).filter { $0 > 0 }.reduce(1, Self.leastMultiple)
    let unit = parts * network.frameMultiple
    return rendered / unit * unit
  }

  /// Of two numbers above 0.
  private static func leastMultiple(_ a: Int, _ b: Int) -> Int {
    var (x, y) = (a, b)
    while y != 0 { (x, y) = (y, x % y) }
    return a / x * b
  }
}

/// AdamW under a schedule, with averaged weights.
package struct OptimisationSettings: Codable, Hashable, Sendable {
  /// Windows that go through the network together.
  package var batch = 8
  /// Batches whose gradients make one step: as many windows as `batch` times this, in the memory of
  /// `batch`.
  package var accumulation = 1
  /// Whether the network's blocks are computed again in the backward pass instead of kept: about a
  /// third more time, for a fraction of the memory.
  package var recompute = false
  /// Whether large products are computed from values rounded to bfloat16; weights and sums stay
  /// Float32.
  package var mixedPrecision = false
  package var schedule = Schedule(peak: 1.2e-3, warmUpSteps: 150, totalSteps: 3_000)
  package var adam = AdamW.Settings()
  /// Share of the average that stays per step; the averaged weights are what ships.
  package var averaging = 0.998
  package var seed: UInt64 = 1
  /// Steps between checkpoints.
  package var checkpointEvery = 200
  /// Steps between models of the weights as they are, not averaged, that the run leaves in its
  /// folder as `step-N.safetensors` for ``WeightAverage``; none where absent.
  package var keepEvery: Int?
  /// Windows of several lengths in one run: each batch is cut by one of these, drawn at random. With
  /// 1, 2 and 4, windows of 20 s are heard whole, as 10 s and as 5 s, as many frames a step.
  package var divisions: [Int]?

  package init() {}
}

/// What the weights are chosen by and the finished ones calibrated on.
package struct ValidationSettings: Codable, Hashable, Sendable {
  /// Kits (last part of their path) that training never hears and validation is played on; apart
  /// from those of `data.heldOutKits`, which only the evaluation hears.
  package var kits: [String] = []
  /// Rendered windows.
  package var windows = 150
  package var seed: UInt64 = 1_000_003
  /// Steps between looks at how well unheard windows are heard; the model that heard them best is
  /// what the run ends with. 0 never looks and ends with the last.
  package var every = 0
  /// Windows of such a look.
  package var looks = 24
  /// Looks without a gain after which the run ends early; 0 goes on to the last step.
  package var patience = 0

  package init() {}
}
