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
  package var optimisation = OptimisationSettings()
  package var data = StreamSettings()
  package var validation = ValidationSettings()
  package var masking = SpectrogramMasking()

  package init(name: String, network: NetworkSettings) {
    self.name = name
    self.network = network
  }

  /// Frames in one training window: as many as the network can take of those rendered.
  package var frames: Int {
    let rendered = Int((data.seconds * mel.framesPerSecond).rounded())
    return rendered / network.frameMultiple * network.frameMultiple
  }
}

/// AdamW under a schedule, with averaged weights.
package struct OptimisationSettings: Codable, Hashable, Sendable {
  /// Windows per step.
  package var batch = 8
  package var schedule = Schedule(peak: 1.2e-3, warmUpSteps: 150, totalSteps: 3_000)
  package var adam = AdamW.Settings()
  /// Share of the average that stays per step; the averaged weights are what ships.
  package var averaging = 0.998
  package var seed: UInt64 = 1
  /// Steps between checkpoints.
  package var checkpointEvery = 200

  package init() {}
}

/// What the finished weights are calibrated on.
package struct ValidationSettings: Codable, Hashable, Sendable {
  /// Kits (last part of their path) that training never hears and validation is played on; apart
  /// from those of `data.heldOutKits`, which only the evaluation hears.
  package var kits: [String] = []
  /// Rendered windows.
  package var windows = 150
  package var seed: UInt64 = 1_000_003

  package init() {}
}
