import ArgumentParser
import DrumNet
import ONNX

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model for other engines.",
    discussion: """
      An ONNX file maps log-mel features (batch, frames, bins) to probabilities (batch, frames, \
      outputs). Batch and frames may vary; the number of frames is a multiple of the metadata's \
      frame_multiple. The metadata also hold the front end's settings, the names of the outputs, \
      thresholds and calibration, and how many frames at a cut lack context.
      """)

  @Argument(help: "The model (safetensors).")
  var model: String

  @Option(help: "Write an ONNX file, in Float32.")
  var onnx: String

  @Option(
    help: ArgumentHelp(
      "Also write made-up features and this program's answers, to check another engine by.",
      discussion: "Laid out like the ONNX model zoo's: test_data_set_0/input_0.pb, output_0.pb.",
      valueName: "folder"))
  var testData: String?

  func run() throws {
    let (network, settings) = try ModelFile.read(model)
    try ONNXModel(network, settings: settings).write(to: onnx)
    Terminal.say("Wrote \(onnx)")
    guard let testData else { return }
    try TestData.write(of: DrumModel(network: network, settings: settings), to: testData)
  }
}
