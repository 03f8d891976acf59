import ArgumentParser
import TensorCore

@main
struct CharterTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "charthero-train",
    abstract: "Trains and measures the models that hear drums.",
    subcommands: [
      Fit.self, Pretrain.self, Calibrate.self, Evaluate.self, Listen.self, Prepare.self,
      RefreshModel.self, Average.self, Charts.self, Rhythm.self, Beats.self, Arrange.self,
      Export.self, Import.self, New.self,
    ])

  static func main() {
    BLAS.ensureBestKernels()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure.exit(with: error)
    }
  }
}
