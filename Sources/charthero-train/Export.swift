import ArgumentParser
import DrumNet
import ONNX

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model for other engines, or smaller for this one.",
    discussion: """
      An ONNX file maps log-mel features (batch, frames, bins) to probabilities (batch, frames, \
      outputs). Batch and frames may vary; the number of frames is a multiple of the metadata's \
      frame_multiple. The metadata also hold the front end's settings, the names of the outputs, \
      thresholds and calibration, and how many frames at a cut lack context. A network that \
      answers in tokens has a second file, with -decoder after its name.

      With --int8 the weights of all matrices are 8-bit values with a scale for each output, a \
      quarter of the size. In an ONNX file what they are multiplied by is rounded within ranges \
      that songs show; in a model for charthero by what each row holds, or with --calibrated \
      within such ranges too.
      """)

  @Argument(help: "The model (safetensors).")
  var model: String

  @Option(help: "Write an ONNX file.")
  var onnx: String?

  @Option(help: "Write a model for charthero (safetensors).")
  var output: String?

  @Flag(help: "8-bit products.")
  var int8 = false

  @Flag(help: "Fixed ranges in a model for charthero.")
  var calibrated = false

  @OptionGroup var songs: CalibrationSongs

  @Option(
    help: ArgumentHelp(
      "Also write features and this program's answers, to check another engine by.",
      discussion: """
        Two sets of made-up features, and the beginning of the first song where songs are used; \
        laid out like the ONNX model zoo's: test_data_set_0/input_0.pb, output_0.pb.
        """,
      valueName: "folder"))
  var testData: String?

  func validate() throws {
    guard onnx != nil || output != nil else {
      throw ValidationError("Say what to write: --onnx or --output.")
    }
    guard output == nil || int8 else {
      throw ValidationError("--output goes with --int8: in Float32 the model is there already.")
    }
    guard !calibrated || output != nil else {
      throw ValidationError("--calibrated goes with --int8 and --output.")
    }
  }

  func run() throws {
    let (network, settings) = try ModelFile.read(model)
    let usesRanges = int8 && (onnx != nil || calibrated)
    let windows = usesRanges || !songs.songs.isEmpty ? try songs.windows(settings.mel) : []
    let ranges =
      usesRanges ? CalibrationSongs.inputRanges(of: network, settings: settings, in: windows) : [:]
    if let onnx {
      try ONNXModel(network, settings: settings, inputRanges: ranges).write(to: onnx)
      Terminal.say("Wrote \(onnx)")
    }
    if let output {
      try ModelFile.writeQuantized(
        network, settings: settings, inputRanges: calibrated ? ranges : [:], to: output)
      Terminal.say("Wrote \(output)")
    }
    guard let testData else { return }
    try TestData.write(of: network, heard: windows.first, to: testData)
  }
}
