import ArgumentParser
import DrumNet
import Training

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a model of weights that were trained elsewhere.",
    discussion: """
      Names and shapes of the tensors (Float32) are those of a model of the same settings: \
      "charthero-train new" writes one to start from. Thresholds, offsets and confidences are \
      found afterwards, by "charthero-train calibrate".
      """)

  @Argument(help: "The weights (safetensors).")
  var weights: String

  @Option(help: "Settings of the model (TOML): its name, network and mel bands.")
  var config: String

  @Option(help: "Where the model goes.")
  var output: String

  func run() throws {
    let settings = try SettingsFile.model(config)
    let network = try ModelFile.foreignWeights(weights, for: settings)
    try ModelFile.write(network, settings: settings, to: output)
    Terminal.say("Wrote \(output)")
  }
}

extension SettingsFile {
  /// What a model of these settings says about itself, with nothing calibrated yet.
  static func model(_ path: String) throws -> ModelSettings {
    let settings = try read(path, over: FitSettings.defaults)
    if let fault = settings.fault {
      throw TrainingError(path: path, stage: "reading settings", reason: fault)
    }
    return ModelSettings(name: settings.name, network: settings.network, mel: settings.mel)
  }
}
