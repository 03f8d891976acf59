import Foundation
import TensorCore
import TestSupport
import Testing

@testable import DrumNet

@Suite("Weights that were trained elsewhere become a model, or are refused in words")
struct ForeignWeightsTests {
  private let settings = ModelSettings(name: "guest", network: .hybrid(.tiny))

  /// The tensors of a tiny network, last first, after `change`.
  private func imported(
    _ change: (inout [String: Tensor]) -> Void = { _ in }
  ) throws -> any Network {
    let network = try ModelFile.untrained(settings, seed: 4)
    var tensors: [String: Tensor] = [:]
    for parameter in network.parameters.all { tensors[parameter.name] = parameter.tensor }
    change(&tensors)
    var file = SafeTensors()
    for name in tensors.keys.sorted().reversed() { file.add(name, try #require(tensors[name])) }
    let folder = try TemporaryFolder()
    let path = folder("weights.safetensors").path
    try file.write(to: path)
    return try ModelFile.foreignWeights(path, for: settings)
  }

  private func complaint(_ change: (inout [String: Tensor]) -> Void) throws -> String {
    do {
      _ = try imported(change)
      return "none"
    } catch let error as ModelError {
      return error.description
    }
  }

  @Test("the order in the file does not matter, and every value arrives")
  func values() throws {
    let expected = try ModelFile.untrained(settings, seed: 4).parameters.all
    let found = try imported().parameters.all
    #expect(found.map(\.name) == expected.map(\.name))
    #expect(found.map(\.tensor.values) == expected.map(\.tensor.values))
  }

  @Test("what is missing, unknown or of another shape is named in one sentence")
  func faults() throws {
    let cause = try complaint {
      $0["fold.bias"] = nil
      $0["norm.shift"] = nil
      $0["stem.9.weight"] = Tensor([1, 2, 3], [3])
      $0["head.bias"] = Tensor([1, 2, 3], [3])
    }
    #expect(
      cause.hasSuffix(
        "weights.safetensors does not fit the network of guest: it lacks fold.bias, norm.shift; "
          + "it holds the unknown stem.9.weight; "
          + "it holds head.bias of shape [3] instead of [40]"))
  }

  @Test("of the weights of another network a few are named, and how many more there are")
  func foreign() throws {
    let cause = try complaint { tensors in
      let names = tensors.keys.filter { $0.hasPrefix("blocks.0.") }
      for name in names { tensors[name] = nil }
    }
    #expect(cause.contains("it lacks blocks.0.attention.norm.scale, "))
    #expect(cause.hasSuffix("and 14 more"), "\(cause)")
  }

  @Test("a network that cannot be is refused before its weights are made")
  func impossible() {
    var settings = settings
    settings.network = .ast(ASTSettings())
    if case .ast(var sizes) = settings.network {
      sizes.strideFrames = 99
      settings.network = .ast(sizes)
    }
    #expect(throws: ModelError.self) { try ModelFile.untrained(settings, seed: 1) }
  }
}
