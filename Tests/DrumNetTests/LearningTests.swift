import TensorCore
import Testing

@testable import DrumNet

@Suite("The network learns, and always the same")
struct LearningTests {
  /// A batch with clicks in a band of their own per column.
  static func batch(frames: Int, seed: UInt64) -> (x: Tensor, targets: Tensor) {
    var random = Random(seed: seed)
    var x = (0..<2 * frames * 32).map { _ in Float(random.normal() * 0.3) }
    var targets = [Float](repeating: 0, count: 2 * frames * OutputLayout.count)
    for _ in 0..<frames / 4 {
      let frame = Int(random.uniform() * Double(2 * frames))
      let column = Int(random.uniform() * 3)
      for bin in 0..<6 { x[frame * 32 + column * 10 + bin] += 3 }
      targets[frame * OutputLayout.count + column] = 1
    }
    return (
      Tensor(x, [2, frames, 32]), Tensor(targets, [2, frames, OutputLayout.count])
    )
  }

  /// One tiny network of each kind, with every option that it has.
  static func networks(dropout: Double) -> [NetworkSettings] {
    var hybrid = HybridSettings.tiny
    hybrid.dropout = dropout
    var options = hybrid
    options.blocks = 2
    options.coarseTokens = 2
    options.crossAttention = CrossAttentionSettings()
    var ast = ASTSettings.tiny
    ast.dropout = dropout
    (ast.width, ast.layers, ast.hidden) = (32, 2, 64)
    ast.strideFrames = 4
    var cnn = CNNSettings.baseline
    cnn.dropout = dropout
    (cnn.channels, cnn.hidden) = ([4, 8], 32)
    if dropout > 0 {
      (options.stochasticDepth, options.lastDropout) = (0.3, 0.4)
      (ast.stochasticDepth, ast.lastDropout) = (0.3, 0.4)
    }
    return [.hybrid(hybrid), .hybrid(options), .ast(ast), .cnn(cnn)]
  }

  /// Trains for some steps; returns the losses and the final weights.
  static func train(
    _ settings: NetworkSettings, steps: Int, rate: Double, recomputes: Bool = false
  ) -> (losses: [Float], weights: [[Float]]) {
    let network = settings.makeNetwork(bins: 32, seed: 5)
    let optimiser = AdamW(network.parameters)
    let (x, targets) = batch(frames: 40, seed: 6)
    let weights = Tensor(targets.shape, repeating: 1)
    var random = Random(seed: 7)
    var losses: [Float] = []
    for _ in 0..<steps {
      let tape = Tape(random: random.split(), recomputes: recomputes)
      let loss = network.forward(x, tape: tape)
        .bceWithLogits(targets: targets, weights: weights, normaliser: Float(targets.count), tape)
      losses.append(loss.item)
      tape.backward(from: loss)
      optimiser.update(rate: rate)
    }
    return (losses, network.parameters.all.map { $0.tensor.values })
  }

  @Test("one batch is learned by heart", arguments: networks(dropout: 0))
  func overfits(_ settings: NetworkSettings) {
    let losses = Self.train(settings, steps: 150, rate: 3e-3).losses
    #expect(losses[149] < 0.05 * losses[0], "\(losses[0]) fell to \(losses[149])")
  }

  @Test(
    "the same seed gives the same bits, on any number of threads, blocks recomputed or kept",
    arguments: networks(dropout: 0.2))
  func deterministic(_ settings: NetworkSettings) {
    let first = Self.train(settings, steps: 4, rate: 1e-3)
    let second = Self.train(settings, steps: 4, rate: 1e-3, recomputes: true)
    #expect(first.losses == second.losses)
    #expect(first.weights == second.weights)
    let threads = Parallel.threads
    Parallel.threads = threads == 1 ? 2 : 1
    defer { Parallel.threads = threads }
    let third = Self.train(settings, steps: 4, rate: 1e-3)
    #expect(first.losses == third.losses)
    #expect(first.weights == third.weights)
  }

  @Test("the input statistics make features about zero in mean and one in deviation")
  func statistics() throws {
    let network = NetworkSettings.hybrid(.tiny).makeNetwork(bins: 2, seed: 1)
    network.setInputStatistics(mean: [3, 1], deviation: [2, 0])
    let scale = try #require(network.parameters["input.scale"])
    let shift = try #require(network.parameters["input.shift"])
    #expect(scale[0] == 0.5 && shift[0] == -1.5)
    // A band that never moves is not blown up.
    #expect(scale[1] == 20 && shift[1] == -20)
  }

  @Test("every preset can be made and says how far its convolutions reach")
  func presets() throws {
    let large = ["hybrid-medium", "ast-base"]
    for (name, settings) in NetworkSettings.presets where !large.contains(name) {
      let network = settings.makeNetwork(bins: 128, seed: 1)
      #expect(network.borderFrames % network.frameMultiple == 0)
      #expect(network.frameMultiple == settings.frameMultiple)
      #expect(NetworkSettings.preset(named: name) == settings)
      let frames = 4 * network.frameMultiple
      let logits = network.forward(Tensor([1, frames, 128]), tape: nil)
      #expect(logits.shape == [1, frames, OutputLayout.count])
      // Before training nothing is heard: sigmoid(-3) = 0.05.
      #expect(logits.values.allSatisfy { $0 < -3 }, "\(name)")
    }
    #expect(NetworkSettings.preset(named: "nothing") == nil)
  }

  @Test("beyond the border a change of the context changes nothing but what attention carries")
  func border() {
    var settings = HybridSettings.tiny
    settings.attentionReach = 0
    settings.blocks = 2
    var cnn = CNNSettings.baseline
    (cnn.channels, cnn.hidden) = ([4, 8], 8)
    for settings in [NetworkSettings.hybrid(settings), .cnn(cnn)] {
      let network = settings.makeNetwork(bins: 16, seed: 3)
      let border = network.borderFrames
      let frames = 2 * border + 8
      var random = Random(seed: 4)
      let values = (0..<frames * 16).map { _ in Float(random.normal()) }
      var changed = values
      for index in 0..<16 { changed[index] += 5 }
      let a = network.forward(Tensor(values, [1, frames, 16]), tape: nil).values
      let b = network.forward(Tensor(changed, [1, frames, 16]), tape: nil).values
      let columns = OutputLayout.count
      // The changed frame is the first: what it can reach ends `border` frames later.
      let inner = (border + 1) * columns
      let sameInside = zip(a[inner...], b[inner...]).allSatisfy { $0 == $1 }
      let sameAtStart = zip(a[..<columns], b[..<columns]).allSatisfy { $0 == $1 }
      #expect(sameInside && !sameAtStart)
    }
  }

  @Test("what padding holds changes nothing, and a padded window is heard like one without")
  func padding() {
    var settings = ASTSettings.tiny
    (settings.patchFrames, settings.strideFrames) = (4, 4)
    let network = NetworkSettings.ast(settings).makeNetwork(bins: 32, seed: 3)
    let outputs = OutputLayout.count
    var random = Random(seed: 4)
    let values = (0..<8 * 32).map { _ in Float(random.normal()) }
    let alone = network.forward(Tensor(values, [1, 8, 32]), tape: nil).values
    let noise = (0..<12 * 32).map { _ in Float(random.normal() * 10) }
    let padded = Tensor(values + noise, [1, 20, 32])
    let masked = network.forward(padded, lengths: [8], tape: nil).values
    for (a, b) in zip(alone, masked) { #expect(abs(a - b) < 1e-5) }
    let unmasked = network.forward(padded, tape: nil).values
    #expect(zip(alone, unmasked[..<(8 * outputs)]).contains { abs($0 - $1) > 1e-3 })
  }
}
