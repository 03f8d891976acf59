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
    return [.hybrid(hybrid), .ast(ast), .cnn(cnn)]
  }()

  private func written(
    _ settings: ModelSettings, inputRanges: [String: ClosedRange<Float>] = [:]
  ) throws -> (ProtobufReader, any Network) {
    let network = try ModelFile.untrained(settings, seed: 1)
    let folder = try TemporaryFolder()
    let path = folder("model.onnx").path
    try ONNXModel(network, settings: settings, inputRanges: inputRanges).write(to: path)
    return (try ProtobufReader([UInt8](Data(contentsOf: URL(filePath: path)))), network)
  }

  @Test("every weight of the network is in the graph, once and with all its values")
  func weights() throws {
    for kind in Self.networks {
      let (model, network) = try written(ModelSettings(name: "all", network: kind))
      let graph = try #require(try model.messages(7).first)
      let constants = try graph.messages(5)
      let names = constants.flatMap { $0.texts(8) }
      #expect(Set(names).count == names.count)
      for parameter in network.parameters.all {
        let found = try #require(constants.first { $0.texts(8) == [parameter.name] })
        #expect(found.numbers(1).reduce(1, *) == UInt64(parameter.tensor.count))
        let raw = try #require(found.bytes(9).first)
        #expect(raw.count == 4 * parameter.tensor.count, "\(parameter.name)")
        let values = unsafe raw.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
        #expect(values.sorted() == parameter.tensor.values.sorted(), "\(parameter.name)")
      }
    }
  }

  @Test("8-bit matrices have a scale for each output, and their inputs are rounded")
  func quantized() throws {
    for kind in Self.networks {
      let settings = ModelSettings(name: "small", network: kind)
      let matrices = try ModelFile.untrained(settings, seed: 1).parameters.all.filter {
        $0.role == .matrix
      }
      let ranges = matrices.map { ($0.name, Float(-1)...3) }
      let (model, _) = try written(
        settings, inputRanges: Dictionary(uniqueKeysWithValues: ranges))
      let graph = try #require(try model.messages(7).first)
      let constants = try graph.messages(5)
      for matrix in matrices {
        let found = try #require(constants.first { $0.texts(8) == [matrix.name] })
        #expect(found.numbers(2) == [3], "\(matrix.name) is int8")
        let scales = try #require(constants.first { $0.texts(8) == [matrix.name + ".scales"] })
        #expect(scales.numbers(1) == [UInt64(matrix.tensor.shape[0])])
        let values = try #require(found.bytes(9).first).map { Int8(bitPattern: $0) }
        #expect(values.count == matrix.tensor.count && values.contains { abs($0) == 127 })
      }
      // -1...3 in 255 steps: the 64th stands for zero.
      let steps = constants.filter { $0.numbers(2) == [2] }
      #expect(steps.flatMap { $0.bytes(9) } == [[64]])
      let operations = try graph.messages(1).flatMap { $0.texts(4) }
      #expect(operations.count { $0 == "QuantizeLinear" } == matrices.count)
      #expect(operations.count { $0 == "DequantizeLinear" } == 2 * matrices.count)
    }
  }

  @Test("every input of a node was made before it, and every node has a name of its own")
  func order() throws {
    for kind in Self.networks {
      let (model, _) = try written(ModelSettings(name: "all", network: kind))
      let graph = try #require(try model.messages(7).first)
      var known = Set(try graph.messages(5).flatMap { $0.texts(8) })
      known.insert(ONNXModel.input)
      var names: Set<String> = []
      for node in try graph.messages(1) {
        #expect(known.isSuperset(of: node.texts(1)), "\(node.texts(3)) of \(node.texts(1))")
        for output in node.texts(2) { #expect(known.insert(output).inserted, "\(output)") }
        for name in node.texts(3) { #expect(names.insert(name).inserted, "\(name)") }
      }
      #expect(known.contains(ONNXModel.output))
    }
  }

  @Test("what the model needs beside its weights stands in the metadata")
  func metadata() throws {
    var settings = ModelSettings(name: "told", network: Self.networks[0])
    settings.calibration[.ride].threshold = 0.31
    let (model, network) = try written(settings)
    let pairs = try model.messages(14).map { ($0.texts(1)[0], $0.texts(2)[0]) }
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
