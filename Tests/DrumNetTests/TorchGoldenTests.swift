import Foundation
import TensorCore
import TestSupport
import Testing

@testable import DrumNet

@Suite("The hybrid network equals its PyTorch twin")
struct TorchGoldenTests {
  static let path = Repository.fixture("torch/hybrid.safetensors").path
  static let advice: Comment =
    "if the network was changed on purpose, change make_golden.py and run it again"

  let golden: SafeTensors
  let network: any Network

  init() throws {
    golden = try SafeTensors(contentsOf: Self.path)
    let text = try #require(golden.metadata["network"])
    let settings = try JSONDecoder().decode(NetworkSettings.self, from: Data(text.utf8))
    let bins = try #require(golden["x"]).shape[2]
    let outputs = try #require(golden["targets"]).shape[2]
    network = settings.makeNetwork(bins: bins, outputs: outputs, seed: 1)
    for parameter in network.parameters.all {
      let value = try #require(golden["parameter." + parameter.name], Self.advice)
      try #require(value.shape == parameter.tensor.shape, Self.advice)
      parameter.tensor.copy(from: value)
    }
  }

  private func number(_ key: String) throws -> Double {
    let text = try #require(golden.metadata[key])
    return try #require(Double(text))
  }

  private func loss(_ tape: Tape?) throws -> (logits: Tensor, loss: Tensor) {
    let logits = network.forward(try #require(golden["x"]), tape: tape)
    let loss = logits.bceWithLogits(
      targets: try #require(golden["targets"]), weights: try #require(golden["weights"]),
      normaliser: Float(try number("normaliser")), tape)
    return (logits, loss)
  }

  @Test("no parameter is missing on either side")
  func names() {
    let ours = Set(network.parameters.all.map { "parameter." + $0.name })
    #expect(ours == Set(golden.names.filter { $0.hasPrefix("parameter.") }), Self.advice)
  }

  @Test("logits and loss are equal to 1e-4, with and without a tape")
  func outputs() throws {
    for tape in [Tape(), nil] {
      let (logits, loss) = try loss(tape)
      let expected = try #require(golden["logits"]).values
      #expect(logits.values.count == expected.count)
      for (a, b) in zip(logits.values, expected) { #expect(abs(a - b) < 1e-4, Self.advice) }
      let expectedLoss = try #require(golden["loss"]).item
      #expect(abs(loss.item - expectedLoss) < 1e-4, Self.advice)
    }
  }

  @Test("every gradient is equal to 1e-3 of its largest value")
  func gradients() throws {
    let tape = Tape()
    tape.backward(from: try loss(tape).loss)
    for parameter in network.parameters.all {
      let expected = try #require(golden["gradient." + parameter.name]).values
      let actual = try #require(parameter.tensor.gradient).values
      let largest = expected.map { abs($0) }.max() ?? 0
      for (index, (a, b)) in zip(actual, expected).enumerated() {
        #expect(
          abs(a - b) <= 1e-3 * largest + 1e-7, "\(parameter.name)[\(index)]: \(a) against \(b)")
      }
    }
  }

  @Test("ten AdamW steps lose alike to 1e-3")
  func steps() throws {
    var settings = AdamW.Settings()
    settings.weightDecay = try number("decay")
    let optimiser = AdamW(network.parameters, settings: settings)
    for expected in try #require(golden["losses"]).values {
      let tape = Tape()
      let loss = try loss(tape).loss
      #expect(abs(loss.item - expected) <= 1e-3 * expected, Self.advice)
      tape.backward(from: loss)
      optimiser.update(rate: try number("rate"))
    }
  }
}
