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

  /// Trains for some steps; returns the losses and the final weights.
  static func train(steps: Int, rate: Double, dropout: Double) -> (
    losses: [Float], weights: [[Float]]
  ) {
    var settings = HybridSettings.tiny
    settings.dropout = dropout
    let network = NetworkSettings.hybrid(settings).makeNetwork(bins: 32, seed: 5)
    let optimiser = AdamW(network.parameters)
    let (x, targets) = batch(frames: 40, seed: 6)
    let weights = Tensor(targets.shape, repeating: 1)
    var random = Random(seed: 7)
    var losses: [Float] = []
    for _ in 0..<steps {
      let tape = Tape(random: random.split())
      let loss = network.forward(x, tape: tape)
        .bceWithLogits(targets: targets, weights: weights, normaliser: Float(targets.count), tape)
      losses.append(loss.item)
      tape.backward(from: loss)
      optimiser.update(rate: rate)
    }
    return (losses, network.parameters.all.map { $0.tensor.values })
  }

  @Test("one batch is learned by heart")
  func overfits() {
    let losses = Self.train(steps: 150, rate: 3e-3, dropout: 0).losses
    #expect(losses[149] < 0.02 * losses[0], "\(losses[0]) fell to \(losses[149])")
  }

  @Test("the same seed gives the same bits, on any number of threads")
  func deterministic() {
    let first = Self.train(steps: 4, rate: 1e-3, dropout: 0.2)
    let second = Self.train(steps: 4, rate: 1e-3, dropout: 0.2)
    #expect(first.losses == second.losses)
    #expect(first.weights == second.weights)
    let threads = Parallel.threads
    Parallel.threads = threads == 1 ? 2 : 1
    defer { Parallel.threads = threads }
    let third = Self.train(steps: 4, rate: 1e-3, dropout: 0.2)
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
    for (name, settings) in NetworkSettings.presets where name != "hybrid-medium" {
      let network = settings.makeNetwork(bins: 128, seed: 1)
      #expect(network.borderFrames % network.frameMultiple == 0)
      #expect(NetworkSettings.preset(named: name) == settings)
      let logits = network.forward(Tensor([1, 8, 128]), tape: nil)
      #expect(logits.shape == [1, 8, OutputLayout.count])
      // Before training nothing is heard: sigmoid(-3) = 0.05.
      #expect(logits.values.allSatisfy { $0 < -3 })
    }
    #expect(NetworkSettings.preset(named: "nothing") == nil)
  }

  @Test("beyond the border a change of the context changes nothing but what attention carries")
  func border() {
    var settings = HybridSettings.tiny
    settings.attentionReach = 0
    settings.blocks = 2
    let network = NetworkSettings.hybrid(settings).makeNetwork(bins: 16, seed: 3)
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
