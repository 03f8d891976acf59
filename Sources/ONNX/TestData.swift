package import DrumNet
internal import Foundation
internal import Protobuf
internal import TensorCore

/// Features and what a model makes of them, for other engines to be checked against, laid out like
/// the ONNX model zoo's: `test_data_set_NUMBER` with `input_0.pb` and `output_0.pb`.
package enum TestData {
  /// Two windows as long as a song's, and a short one alone.
  private static let sizes = [(windows: 2, frames: 1_000), (windows: 1, frames: 100)]

  /// Writes all sets into `folder`, which is made if it is not there. Of a network that answers in
  /// tokens there are also made-up sequences, `last.pb` and `moment.pb` (segments, length), and its
  /// `logits.pb` after each of their tokens.
  ///
  /// - Parameter heard: features (frames, bins) of a part of a song, for a set after the others.
  package static func write(
    of network: any Network, heard: [Float]? = nil, to folder: String
  ) throws(ModelError) {
    var random = Random(seed: 1)
    let (multiple, bins) = (network.frameMultiple, network.bins)
    var sets = sizes.map { size in
      let frames = (size.frames + multiple - 1) / multiple * multiple
      let values = (0..<size.windows).flatMap { _ in
        features(frames: frames, bins: bins, &random)
      }
      return Tensor(values, [size.windows, frames, bins])
    }
    if let heard {
      let frames = heard.count / bins / multiple * multiple
      sets.append(Tensor(Array(heard.prefix(frames * bins)), [1, frames, bins]))
    }
    for (index, x) in sets.enumerated() {
      try write(x, of: network, to: "\(folder)/test_data_set_\(index)")
    }
  }

  private static func write(
    _ x: Tensor, of network: any Network, to folder: String
  ) throws(ModelError) {
    // Where this fails, so does what follows, and says why.
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    func write(_ name: String, _ message: Message) throws(ModelError) {
      try FileBytes.replace("\(folder)/\(name).pb", with: message.bytes)
    }
    let answers = network.forward(x, tape: nil).sigmoid()
    try write("input_0", TensorMessage.make(ONNXModel.input, x.values, x.shape))
    try write("output_0", TensorMessage.make(ONNXModel.output, answers.values, answers.shape))
    guard let network = network as? Seq2SeqNetwork else { return }
    let told = network.told(x, (0..<x.shape[0]).map { _ in strokes(frames: x.shape[1]) })
    let shape = [told.tokens.count / told.length, told.length]
    try write("last", TensorMessage.make("last", told.tokens.map(Int64.init), shape))
    try write("moment", TensorMessage.make("moment", told.moments.map(Int64.init), shape))
    try write("logits", TensorMessage.make("logits", told.logits.values, told.logits.shape))
  }

  /// A stroke of each drum in turn, every seventh frame.
  private static func strokes(frames: Int) -> [Stroke] {
    stride(from: 3, to: frames, by: 7).map {
      let drum = DrumClass.allCases[$0 % DrumClass.allCases.count]
      return Stroke(frame: $0, drum: drum, velocity: 1 + $0 % 127, isOpen: $0 % 2 == 0)
    }
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
