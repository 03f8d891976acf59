import Foundation
import TensorCore
import TestSupport
import Testing

@testable import DrumNet

/// A network with the weights of a fixture, and what PyTorch made of it.
private struct Golden {
  static let names = ["hybrid", "hybrid-options", "ast", "cnn", "seq2seq"]
  static let advice: Comment =
    "if the network was changed on purpose, change twins.py and run make_golden.py again"

  let file: SafeTensors
  let network: any Network

  init(_ name: String) throws {
    file = try SafeTensors(contentsOf: Repository.fixture("torch/\(name).safetensors").path)
    let text = try #require(file.metadata["network"])
    let settings = try JSONDecoder().decode(NetworkSettings.self, from: Data(text.utf8))
    let bins = try #require(file["x"]).shape[2]
    let outputs = try #require(file["targets"]).shape[2]
    network = settings.makeNetwork(bins: bins, outputs: outputs, seed: 1)
    for parameter in network.parameters.all {
      let value = try #require(file["parameter." + parameter.name], Self.advice)
      try #require(value.shape == parameter.tensor.shape, Self.advice)
      parameter.tensor.copy(from: value)
    }
  }

  func number(_ key: String) throws -> Double {
    let text = try #require(file.metadata[key])
    return try #require(Double(text))
  }

  func loss(_ tape: Tape?) throws -> (logits: Tensor, loss: Tensor) {
    let normaliser = Float(try number("normaliser"))
    let answers = try answers(tape)
    let logits =
      try answers?.frames ?? network.forward(try #require(file["x"]), tape: tape)
    let loss = logits.bceWithLogits(
      targets: try #require(file["targets"]), weights: try #require(file["weights"]),
      normaliser: normaliser, tape)
    guard let answers else { return (logits, loss) }
    let said = answers.right.loss(
      of: answers.tokens, smoothing: Float(try number("smoothing")), normaliser: normaliser, tape)
    return (logits, loss.add(said, tape))
  }

  /// Of a network that answers in tokens: both its answers, and the right ones.
  func answers(
    _ tape: Tape?
  ) throws -> (frames: Tensor, tokens: Tensor, right: TokenAnswers)? {
    guard let network = network as? Seq2SeqNetwork else { return nil }
    let (said, wanted) = (try #require(file["said"]), try #require(file["wanted"]))
    let length = said.shape[1]
    let tokens = said.values.map { Int($0) }
    let right = TokenAnswers(
      said: stride(from: 0, to: tokens.count, by: length).flatMap {
        network.vocabulary.said(Array(tokens[$0..<$0 + length])).dropFirst()
      },
      wanted: wanted.values.map { $0 < 0 ? nil : Int($0) }, length: length)
    let given = network.forward(try #require(file["x"]), answers: right, tape: tape)
    return (given.frames, given.tokens, right)
  }
}

@Suite("Every network equals its PyTorch twin")
struct TorchGoldenTests {
  @Test("no parameter is missing on either side", arguments: Golden.names)
  func names(_ name: String) throws {
    let golden = try Golden(name)
    let ours = Set(golden.network.parameters.all.map { "parameter." + $0.name })
    let theirs = golden.file.names.filter { $0.hasPrefix("parameter.") }
    #expect(ours == Set(theirs), Golden.advice)
  }

  @Test("logits and loss are equal to 1e-4, with and without a tape", arguments: Golden.names)
  func outputs(_ name: String) throws {
    let golden = try Golden(name)
    for tape in [Tape(), nil] {
      let (logits, loss) = try golden.loss(tape)
      let expected = try #require(golden.file["logits"]).values
      #expect(logits.values.count == expected.count)
      for (a, b) in zip(logits.values, expected) { #expect(abs(a - b) < 1e-4, Golden.advice) }
      let expectedLoss = try #require(golden.file["loss"]).item
      #expect(abs(loss.item - expectedLoss) < 1e-4, Golden.advice)
    }
  }

  @Test("so are the logits of tokens")
  func tokens() throws {
    let golden = try Golden("seq2seq")
    let expected = try #require(golden.file["tokenLogits"])
    let logits = try #require(try golden.answers(nil)).tokens
    #expect(logits.shape == expected.shape)
    for (a, b) in zip(logits.values, expected.values) { #expect(abs(a - b) < 1e-4, Golden.advice) }
  }

  @Test("every gradient is equal to 1e-3 of its largest value", arguments: Golden.names)
  func gradients(_ name: String) throws {
    let golden = try Golden(name)
    let tape = Tape()
    tape.backward(from: try golden.loss(tape).loss)
    for parameter in golden.network.parameters.all {
      let expected = try #require(golden.file["gradient." + parameter.name]).values
      let actual = try #require(parameter.tensor.gradient).values
      let largest = expected.map { abs($0) }.max() ?? 0
      for (index, (a, b)) in zip(actual, expected).enumerated() {
        #expect(
          abs(a - b) <= 1e-3 * largest + 1e-7, "\(parameter.name)[\(index)]: \(a) against \(b)")
      }
    }
  }

  @Test("ten AdamW steps lose alike to 1e-3", arguments: Golden.names)
  func steps(_ name: String) throws {
    let golden = try Golden(name)
    var settings = AdamW.Settings()
    settings.weightDecay = try golden.number("decay")
    let optimiser = AdamW(golden.network.parameters, settings: settings)
    for expected in try #require(golden.file["losses"]).values {
      let tape = Tape()
      let loss = try golden.loss(tape).loss
      #expect(abs(loss.item - expected) <= 1e-3 * expected, Golden.advice)
      tape.backward(from: loss)
      optimiser.update(rate: try golden.number("rate"))
    }
  }

  @Test(
    "blocks that are computed again in the backward pass give the same bits",
    arguments: Golden.names)
  func recomputed(_ name: String) throws {
    let golden = try Golden(name)
    var gradients: [[[Float]]] = []
    for recomputes in [false, true] {
      let tape = Tape(recomputes: recomputes)
      tape.backward(from: try golden.loss(tape).loss)
      gradients.append(golden.network.parameters.all.compactMap { $0.tensor.gradient?.values })
      golden.network.parameters.clearGradients()
    }
    #expect(gradients[0].count == golden.network.parameters.all.count)
    #expect(gradients[0] == gradients[1])
  }
}
