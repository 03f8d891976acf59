package import DrumNet
internal import Foundation
internal import Protobuf
internal import Spectral
internal import TensorCore

/// A network as an ONNX graph, for other engines. <https://onnx.ai/onnx/repo-docs/IR.html>
package struct ONNXModel {
  /// The graph's input, log-mel features (batch, frames, bins), and its output, probabilities
  /// (batch, frames, outputs).
  package static let input = "features"
  package static let output = "probabilities"

  /// Operators as of this version, the first with GELU in its tanh form; and the version of the
  /// format that belongs to it.
  private static let operators = 20
  private static let format: UInt64 = 9

  private let message: Message

  /// - Parameter inputRanges: what each matrix of the network is multiplied by lies there, by the
  ///   matrix' name: its weights and inputs are then 8-bit values. Empty for Float32.
  package init(
    _ network: any Network, settings: ModelSettings,
    inputRanges: [String: ClosedRange<Float>] = [:]
  ) throws(ModelError) {
    let graph = GraphBuilder(parameters: network.parameters, inputRanges: inputRanges)
    let (bins, outputs) = (network.bins, network.outputs)
    let features = Value(name: Self.input)
    let logits =
      switch settings.network {
      case .hybrid(let s): graph.hybrid(s, features, bins: bins, outputs: outputs)
      case .ast(let s): graph.ast(s, features, bins: bins, outputs: outputs)
      case .cnn(let s): graph.cnn(s, features, bins: bins)
      case .seq2seq:
        throw ModelError(
          path: settings.name, cause: "answers in tokens, which one graph cannot say in ONNX")
      }
    graph.output(graph.add("Sigmoid", logits), named: Self.output)

    var operators = Message()
    operators.add(1, text: "")
    operators.add(2, int: Self.operators)
    var model = Message()
    model.add(1, varint: Self.format)
    model.add(2, text: "Chart Hero")
    model.add(6, text: Self.explanation)
    model.add(8, message: operators)
    model.add(
      7,
      message: graph.message(
        name: settings.name,
        inputs: [
          GraphBuilder.interface(
            Self.input, [("batch", nil), ("frames", nil), ("bins", bins)])
        ],
        outputs: [
          GraphBuilder.interface(
            Self.output, [("batch", nil), ("frames", nil), ("outputs", outputs)])
        ]))
    let precision = inputRanges.isEmpty ? Precision.float32 : .int8
    for (key, text) in try Self.metadata(network, settings, precision) {
      var entry = Message()
      entry.add(1, text: key)
      entry.add(2, text: text)
      model.add(14, message: entry)
    }
    message = model
  }

  /// Replaces the file at `path`, once the new one is whole.
  package func write(to path: String) throws(ModelError) { try Self.write(message, to: path) }

  static func write(_ message: Message, to path: String) throws(ModelError) {
    do {
      try Data(message.bytes).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw ModelError(path: path, cause: "cannot be written: \(error.localizedDescription)")
    }
  }

  private static let explanation = """
    Hears drums: log-mel features (batch, frames, bins) to the probability of each output in each \
    frame. The number of frames is a multiple of frame_multiple. Where a song is cut into windows, \
    border_frames at each cut lack context and belong to the neighbouring window. The front end is \
    described by "mel" in charthero.model: log(1 + compression * mel bands of the magnitude), with \
    frames centred on multiples of hopLength.
    """

  /// What a program needs to know about the model, as texts.
  private static func metadata(
    _ network: any Network, _ settings: ModelSettings, _ precision: Precision
  ) throws(ModelError) -> [(key: String, text: String)] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(settings) else {
      throw ModelError(path: settings.name, cause: "has settings that are not numbers")
    }
    return [
      ("charthero.model", String(decoding: json, as: UTF8.self)),
      ("precision", precision.rawValue),
      ("outputs", settings.outputs.joined(separator: ",")),
      ("frames_per_second", "\(settings.mel.framesPerSecond)"),
      ("frame_multiple", "\(network.frameMultiple)"),
      ("border_frames", "\(network.borderFrames)"),
    ]
  }
}
