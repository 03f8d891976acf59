import DrumNet
import Foundation
import TensorCore
import TestSupport
import Testing

@testable import ONNX

@Suite("Models for other engines")
struct ONNXModelTests {
  /// Every kind of network with all of its layers, small.
  static let networks: [NetworkSettings] = {
    var hybrid = HybridSettings.tiny
    hybrid.attentionReach = 9
    hybrid.coarseTokens = 4
    hybrid.crossAttention = CrossAttentionSettings()
    var ast = ASTSettings.tiny
    ast.layers = 1
    var cnn = CNNSettings()
    cnn.channels = [4, 4]
    cnn.hidden = 8
    return [.hybrid(hybrid), .ast(ast), .cnn(cnn), .seq2seq(.tiny)]
  }()

  /// The model's files, the decoder's last where there is one.
  private func written(
    _ settings: ModelSettings, inputRanges: [String: ClosedRange<Float>] = [:]
  ) throws -> (files: [ProtobufReader], network: any Network) {
    let network = try ModelFile.untrained(settings, seed: 1)
    let folder = try TemporaryFolder()
    try ONNXModel(network, settings: settings, inputRanges: inputRanges)
      .write(to: folder("model.onnx").path)
    let files = try TemporaryFolder.names(in: folder.url).reversed().map {
      try ProtobufReader([UInt8](Data(contentsOf: folder($0))))
    }
    return (files, network)
  }

  /// The constants of all files by name.
  private func constants(_ files: [ProtobufReader]) throws -> [String: ProtobufReader] {
    let all = try files.flatMap { try $0.messages(7) }.flatMap { try $0.messages(5) }
    return Dictionary(all.map { ($0.texts(8)[0], $0) }, uniquingKeysWith: { first, _ in first })
  }

  @Test("every weight of the network is in a graph with all its values")
  func weights() throws {
    for kind in Self.networks {
      let (files, network) = try written(ModelSettings(name: "all", network: kind))
      let constants = try constants(files)
      for parameter in network.parameters.all {
        let found = try #require(constants[parameter.name], "\(parameter.name)")
        #expect(found.numbers(1).reduce(1, *) == UInt64(parameter.tensor.count))
        let raw = try #require(found.bytes(9).first)
        #expect(raw.count == 4 * parameter.tensor.count, "\(parameter.name)")
        let values = unsafe raw.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
        #expect(values.sorted() == parameter.tensor.values.sorted(), "\(parameter.name)")
      }
    }
  }

  @Test("a network that answers in tokens has a second file")
  func decoder() throws {
    for kind in Self.networks {
      let (files, _) = try written(ModelSettings(name: "all", network: kind))
      #expect(files.count == (kind.kind == "seq2seq" ? 2 : 1))
    }
    #expect(ONNXModel.decoderPath("a.onnx.d/model.onnx") == "a.onnx.d/model-decoder.onnx")
    #expect(ONNXModel.decoderPath("model") == "model-decoder")
  }

  @Test("8-bit matrices have a scale for each output, and their inputs are rounded")
  func quantized() throws {
    for kind in Self.networks {
      let settings = ModelSettings(name: "small", network: kind)
      let matrices = try ModelFile.untrained(settings, seed: 1).parameters.all.filter {
        $0.role == .matrix
      }
      let ranges = matrices.map { ($0.name, Float(-1)...3) }
      let (files, _) = try written(
        settings, inputRanges: Dictionary(uniqueKeysWithValues: ranges))
      let constants = try constants(files)
      for matrix in matrices {
        let found = try #require(constants[matrix.name])
        #expect(found.numbers(2) == [3], "\(matrix.name) is int8")
        let scales = try #require(constants[matrix.name + ".scales"])
        #expect(scales.numbers(1) == [UInt64(matrix.tensor.shape[0])])
        let values = try #require(found.bytes(9).first).map { Int8(bitPattern: $0) }
        #expect(values.count == matrix.tensor.count && values.contains { abs($0) == 127 })
      }
      // -1...3 in 255 steps: the 64th stands for zero.
      let steps = constants.values.filter { $0.numbers(2) == [2] }
      #expect(steps.flatMap { $0.bytes(9) } == [[64]])
      let operations = try files.flatMap { try $0.messages(7) }.flatMap { try $0.messages(1) }
        .flatMap { $0.texts(4) }
      #expect(operations.count { $0 == "QuantizeLinear" } == matrices.count)
      #expect(operations.count { $0 == "DequantizeLinear" } == 2 * matrices.count)
    }
  }

  @Test("constants and nodes have names of their own; inputs of a node were made before it")
  func order() throws {
    for kind in Self.networks {
      let (files, _) = try written(ModelSettings(name: "all", network: kind))
      for graph in try files.flatMap({ try $0.messages(7) }) {
        var known: Set<String> = []
        let given =
          try graph.messages(5).flatMap { $0.texts(8) }
          + graph.messages(11).flatMap { $0.texts(1) }
        for name in given { #expect(known.insert(name).inserted, "\(name)") }
        var names: Set<String> = []
        for node in try graph.messages(1) {
          #expect(known.isSuperset(of: node.texts(1)), "\(node.texts(3)) of \(node.texts(1))")
          for output in node.texts(2) { #expect(known.insert(output).inserted, "\(output)") }
          for name in node.texts(3) { #expect(names.insert(name).inserted, "\(name)") }
        }
        let answers = try graph.messages(12).flatMap { $0.texts(1) }
        #expect(!answers.isEmpty && known.isSuperset(of: answers))
      }
    }
  }

  @Test("what the model needs beside its weights stands in the metadata")
  func metadata() throws {
    var settings = ModelSettings(name: "told", network: Self.networks[0])
    settings.calibration[.ride].threshold = 0.31
    let (files, network) = try written(settings)
    let pairs = try files[0].messages(14).map { ($0.texts(1)[0], $0.texts(2)[0]) }
    let entries = Dictionary(uniqueKeysWithValues: pairs)
    let json = try #require(entries["charthero.model"])
    #expect(try JSONDecoder().decode(ModelSettings.self, from: Data(json.utf8)) == settings)
    #expect(entries["outputs"] == OutputLayout.names.joined(separator: ","))
    #expect(entries["frames_per_second"] == "100.0")
    #expect(entries["frame_multiple"] == "\(network.frameMultiple)")
    #expect(entries["border_frames"] == "\(network.borderFrames)")
  }

  @Test("a file that cannot be written is named")
  func unwritable() throws {
    let settings = ModelSettings(name: "told", network: Self.networks[2])
    let model = try ONNXModel(ModelFile.untrained(settings, seed: 1), settings: settings)
    let error = #expect(throws: ModelError.self) { try model.write(to: "/no/such/folder/m.onnx") }
    #expect(error?.path == "/no/such/folder/m.onnx")
  }

  @Test("dimensions change places with their values")
  func permutation() {
    let values: [Float] = [1, 2, 3, 4, 5, 6]
    #expect(permuted(values, [2, 3], [1, 0]) == [1, 4, 2, 5, 3, 6])
    #expect(permuted(values, [2, 3, 1], [2, 0, 1]) == values)
    #expect(permuted(values, [1, 2, 3], [2, 1, 0]) == [1, 4, 2, 5, 3, 6])
    // (2, 2, 2), outermost last
    let cube = (0..<8).map(Float.init)
    #expect(permuted(cube, [2, 2, 2], [1, 2, 0]) == [0, 4, 1, 5, 2, 6, 3, 7])
  }
}
