package import DrumNet
internal import FoundationEssentials
internal import Protobuf
internal import Spectral
internal import TensorCore

/// A network as an ONNX graph, for other engines; one that answers in tokens as two, what hears and
/// what says the next token. <https://onnx.ai/onnx/repo-docs/IR.html>
package struct ONNXModel {
  /// The graph's input, log-mel features (batch, frames, bins), and its output, probabilities
  /// (batch, frames, outputs).
  package static let input = "features"
  package static let output = "probabilities"

  /// Operators as of this version, the first with GELU in its tanh form; and the version of the
  /// format that belongs to it.
  private static let operators = 20
  private static let format: UInt64 = 9

  private let hearing: Message
  private let saying: Message?

  /// - Parameter inputRanges: what each matrix of the network is multiplied by lies there, by the
  ///   matrix' name: its weights and inputs are then 8-bit values. Empty for Float32.
  package init(
    _ network: any Network, settings: ModelSettings,
    inputRanges: [String: ClosedRange<Float>] = [:]
  ) throws(ModelError) {
    let builder = { GraphBuilder(parameters: network.parameters, inputRanges: inputRanges) }
    let precision = inputRanges.isEmpty ? Precision.float32 : .int8
    let metadata = try Self.metadata(network, settings, precision)
    hearing = Self.file(
      Self.hearing(network, settings, builder()), explanation: Self.explanation, metadata)
    saying = (network as? Seq2SeqNetwork).map {
      Self.file(Self.saying($0, builder()), explanation: Self.explanationOfTokens, metadata)
    }
  }

  /// Replaces the file at `path`, once the new one is whole; and the one of the same name and
  /// `-decoder`, where the network answers in tokens.
  package func write(to path: String) throws(ModelError) {
    try FileBytes.replace(path, with: hearing.bytes)
    if let saying { try FileBytes.replace(Self.decoderPath(path), with: saying.bytes) }
  }

  /// `model-decoder.onnx` for `model.onnx`.
  static func decoderPath(_ path: String) -> String {
    path.hasSuffix(".onnx") ? path.dropLast(5) + "-decoder.onnx" : path + "-decoder"
  }

  /// Features to probabilities, and to what a decoder reads.
  private static func hearing(
    _ network: any Network, _ settings: ModelSettings, _ graph: GraphBuilder
  ) -> Message {
    let (bins, outputs) = (network.bins, network.outputs)
    let features = Value(name: input)
    var interface = [
      GraphBuilder.interface(output, [("batch", nil), ("frames", nil), ("outputs", outputs)])
    ]
    let logits: Value
    switch settings.network {
    case .hybrid(let s): logits = graph.hybrid(s, features, bins: bins, outputs: outputs)
    case .ast(let s): logits = graph.ast(s, features, bins: bins, outputs: outputs)
    case .cnn(let s): logits = graph.cnn(s, features, bins: bins)
    case .seq2seq(let s):
      let heard = graph.heard(s.encoder, features, bins: bins)
      logits = graph.answers(heard, outputs: outputs)
      guard let network = network as? Seq2SeqNetwork else { break }
      let (memory, mask) = graph.memory(network, of: heard)
      graph.output(memory, named: "memory")
      graph.output(mask, named: "memory_mask")
      interface += GraphBuilder.memoryInterface(s)
    }
    graph.output(graph.add("Sigmoid", logits), named: output)
    return graph.message(
      name: settings.name,
      inputs: [GraphBuilder.interface(input, [("batch", nil), ("frames", nil), ("bins", bins)])],
      outputs: interface)
  }

  /// The last tokens, the past and the memory to the logits of the next tokens.
  private static func saying(_ network: Seq2SeqNetwork, _ graph: GraphBuilder) -> Message {
    let s = network.settings
    let (logits, past) = graph.step(
      network, last: Value(name: "last"), moments: Value(name: "moment"),
      past: Value(name: "past"), memory: Value(name: "memory"), mask: Value(name: "memory_mask"))
    graph.output(logits, named: "logits")
    graph.output(past, named: "present")
    return graph.message(
      name: "decoder",
      inputs: [
        GraphBuilder.interface("last", [("segments", nil)], of: Int64.self),
        GraphBuilder.interface("moment", [("segments", nil)], of: Int64.self),
        GraphBuilder.pastInterface("past", s, length: "said"),
      ] + GraphBuilder.memoryInterface(s),
      outputs: [
        GraphBuilder.interface(
          "logits", [("segments", nil), ("vocabulary", network.vocabulary.count)]),
        GraphBuilder.pastInterface("present", s, length: "said_now"),
      ])
  }

  /// `ModelProto`.
  private static func file(
    _ graph: Message, explanation: String, _ metadata: [(key: String, text: String)]
  ) -> Message {
    var operators = Message()
    operators.add(1, text: "")
    operators.add(2, int: Self.operators)
    var model = Message()
    model.add(1, varint: Self.format)
    model.add(2, text: "Chart Hero")
    model.add(6, text: explanation)
    model.add(8, message: operators)
    model.add(7, message: graph)
    for (key, text) in metadata {
      var entry = Message()
      entry.add(1, text: key)
      entry.add(2, text: text)
      model.add(14, message: entry)
    }
    return model
  }

  private static let explanation = """
    Hears drums: log-mel features (batch, frames, bins) to the probability of each output in each \
    frame. The number of frames is a multiple of frame_multiple. Where a song is cut into windows, \
    border_frames at each cut lack context and belong to the neighbouring window. The front end is \
    described by "mel" in charthero.model: log(1 + compression * mel bands of the magnitude), with \
    frames centred on multiples of hopLength.
    """

  private static let explanationOfTokens = """
    Writes down what the model of the same name without "-decoder" hears, token by token: "last" are \
    the tokens said last, the start at first; "moment" is the frame of the last one that said a \
    frame, -1 before any; "past" is what "present" was, of length 0 at first.
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
    let tokens = (network as? Seq2SeqNetwork).map {
      [("tokens", $0.tokenNames.joined(separator: ","))]
    }
    return [
      ("charthero.model", String(decoding: json, as: UTF8.self)),
      ("precision", precision.rawValue),
      ("outputs", settings.outputs.joined(separator: ",")),
      ("frames_per_second", "\(settings.mel.framesPerSecond)"),
      ("frame_multiple", "\(network.frameMultiple)"),
      ("border_frames", "\(network.borderFrames)"),
    ] + (tokens ?? [])
  }
}
