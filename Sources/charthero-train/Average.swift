import ArgumentParser
import DrumNet
import Training

struct Average: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Average the weights of checkpoints of one run into one model.",
    discussion: """
      Models as `fit` leaves them with optimisation.keepEvery, checkpoints, or runs that all began \
      --from one model. Thresholds and confidences are the first one's: choose them anew with \
      `calibrate`.
      """)

  @Argument(help: "Models or checkpoints (safetensors), two or more.")
  var models: [String]

  @Option(help: "Where the averaged model goes.")
  var output: String

  func validate() throws {
    guard models.count > 1 else { throw ValidationError("give two models or more") }
  }

  func run() throws {
    let model = try WeightAverage.of(models)
    try model.write(to: output)
    Terminal.say("Wrote \(output), the average of \(models.count); calibrate it before use")
  }
}
