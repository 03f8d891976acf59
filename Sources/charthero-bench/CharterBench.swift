import ArgumentParser
import TensorCore

@main
struct CharterBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "charthero-bench",
    abstract: "Measures how fast Chart Hero's parts are, also against other engines.",
    discussion: """
      Whatever is compared runs by turns in one go: medians, the spread of the middle half, and the \
      median of the ratios of each round. Other engines run in a Python of your choice and need \
      PyTorch or onnxruntime there. To be started in a checkout, where the scripts for them are.
      """,
    subcommands: [Kernels.self, Mel.self, Networks.self, Train.self, Song.self])

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
