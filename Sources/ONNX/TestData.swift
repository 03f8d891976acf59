package import DrumNet
internal import Foundation
internal import Protobuf
internal import Spectral
internal import TensorCore

/// Features and what a model makes of them, for other engines to be checked against, laid out like
/// the ONNX model zoo's: `test_data_set_NUMBER` with `input_0.pb` and `output_0.pb`.
package enum TestData {
  /// Two windows as long as a song's, and a short one alone.
  private static let sizes = [(windows: 2, frames: 1_000), (windows: 1, frames: 100)]

  /// Writes all sets into `folder`, which is made if it is not there.
  ///
  /// - Parameter heard: features (frames, bins) of a part of a song, for a set after the others.
  package static func write(
    of model: DrumModel, heard: [Float]? = nil, to folder: String
  ) throws(ModelError) {
    var random = Random(seed: 1)
    let (multiple, bins) = (model.settings.network.frameMultiple, model.settings.mel.bins)
    var sets = sizes.map { size in
      let frames = (size.frames + multiple - 1) / multiple * multiple
      return (0..<size.windows).map { _ in features(frames: frames, bins: bins, &random) }
    }
    if let heard {
      sets.append([Array(heard.prefix(heard.count / bins / multiple * multiple * bins))])
    }
    for (index, windows) in sets.enumerated() {
      try write(windows, of: model, to: "\(folder)/test_data_set_\(index)")
    }
  }

  private static func write(
    _ windows: [[Float]], of model: DrumModel, to folder: String
  ) throws(ModelError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ModelError(path: folder, cause: "cannot be made: \(error.localizedDescription)")
    }
    let settings = model.settings
    let frames = windows[0].count / settings.mel.bins
    let answers = model.activations(windows: windows, frames: frames)
    let input = TensorMessage.make(
      ONNXModel.input, windows.flatMap { $0 }, [windows.count, frames, settings.mel.bins])
    let output = TensorMessage.make(
      ONNXModel.output, answers.flatMap { $0 }, [windows.count, frames, settings.outputs.count])
    try ONNXModel.write(input, to: folder + "/input_0.pb")
    try ONNXModel.write(output, to: folder + "/output_0.pb")
  }

  /// (frames, bins): noise of the size of log-mel values, and strokes that ring over it.
  private static func features(frames: Int, bins: Int, _ random: inout Random) -> [Float] {
    var ring: Float = 0
    return (0..<frames).flatMap { _ in
      ring = random.uniform() < 0.05 ? 4 : ring * 0.85
      return (0..<bins).map { _ in max(0, 1 + ring + Float(random.normal())) }
    }
  }
}
