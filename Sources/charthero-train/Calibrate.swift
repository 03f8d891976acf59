import ArgumentParser
import DrumNet
import TensorCore
import Training

struct Calibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Choose a model's thresholds, offsets and confidences anew.",
    discussion: """
      Renders validation performances and songs on the validation kits of the settings, which \
      training never hears, and writes the same weights with what was found on them.
      """)

  @Option(help: "The model (safetensors).")
  var model: String

  @Option(
    help: "Settings of the model and of its training (TOML); given again, laid over the former.")
  var config: [String]

  @OptionGroup var sources: Sources

  @Option(help: "Where the calibrated model goes; the same file is allowed.")
  var output: String

  func run() throws {
    let settings = try SettingsFile.fit(config)
    let model = try DrumModel(contentsOf: model)
    Terminal.say(model.kernels)
    let validation = try Validation(settings: settings, data: sources.data(for: settings))
    let calibrated = try validation.calibrated(model)
    try calibrated.write(to: output)
    for drum in DrumClass.allCases {
      let chosen = calibrated.settings.calibration[drum]
      Terminal.say(
        "\(drum.name): threshold \(fixed(chosen.threshold, 3)), "
          + "offset \(fixed(chosen.offset * 1_000, 1)) ms")
    }
    Terminal.say("Wrote \(output)")
  }
}
