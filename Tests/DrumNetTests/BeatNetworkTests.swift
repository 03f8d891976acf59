import DrumNet
import TensorCore
import Testing

@Suite("The network that hears beats in drum hits")
struct BeatNetworkTests {
  private static let classes = DrumClass.allCases.count

  private func network(layers: Int, taps: Int = 3) -> BeatNetwork {
    var settings = BeatSettings()
    (settings.width, settings.layers, settings.taps) = (8, layers, taps)
    return BeatNetwork(settings, parameters: Parameters(random: Random(seed: 5)))
  }

  private func roll(_ frames: Int, hits: [Int]) -> [Float] {
    var roll = [Float](repeating: 0, count: frames * Self.classes)
    for hit in hits { roll[hit * Self.classes + hit % Self.classes] = 1 }
    return roll
  }

  @Test(arguments: [(4, 3), (3, 5)])
  func `a hit is heard as far away as the taps reach`(layers: Int, taps: Int) {
    let network = network(layers: layers, taps: taps)
    let (frames, hit) = (128, 61)
    let silent = network.probabilities(roll: roll(frames, hits: []), frames: frames)
    let heard = network.probabilities(roll: roll(frames, hits: [hit]), frames: frames)
    let reach = taps / 2 * (1 << layers)
    let touched = (0..<frames).filter { heard[2 * $0] != silent[2 * $0] }
    #expect(touched.first == hit - reach && touched.last == hit + reach)
  }

  @Test func `an hour is heard in windows as it would be at once`() {
    let network = network(layers: 5)
    let frames = 40_000
    let roll = roll(frames, hits: Array(stride(from: 3, to: frames, by: 7)))
    let padded = (frames + 15) / 16 * 16
    let x = Tensor([1, padded, Self.classes])
    x.write(roll)
    let whole = network.forward(x, nil).sigmoid().values
    let pieces = network.probabilities(roll: roll, frames: frames)
    #expect(pieces.count == 2 * frames)
    #expect(zip(pieces, whole).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func `it learns a beat that its own frame does not show`() {
    let network = network(layers: 6)
    let frames = 256
    // A beat every 24 frames, of which only every second is played.
    let x = Tensor(roll(frames, hits: Array(stride(from: 8, to: frames, by: 48))), [1, frames, 8])
    let y = Tensor([1, frames, BeatNetwork.outputs])
    for beat in stride(from: 8, to: frames, by: 24) { y.write([1, 0], at: beat * 2) }
    let weights = Tensor([1, frames, BeatNetwork.outputs], repeating: 1)
    let optimiser = AdamW(network.parameters)
    for step in 0..<150 {
      let tape = Tape(random: Random(seed: UInt64(step)))
      let loss = network.forward(x, tape)
        .bceWithLogits(targets: y, weights: weights, normaliser: Float(2 * frames), tape)
      tape.backward(from: loss)
      optimiser.update(rate: 1e-2)
    }
    let heard = network.probabilities(roll: x.values, frames: frames)
    for beat in stride(from: 56, to: frames - 48, by: 24) {
      #expect(heard[2 * beat] > 0.5 && heard[2 * (beat + 12)] < 0.5)
    }
  }

  @Test func `impossible sizes have a reason`() {
    var settings = BeatSettings()
    #expect(settings.fault == nil)
    settings.taps = 4
    #expect(settings.fault == "the taps are not odd in number")
    settings = BeatSettings()
    settings.layers = 40
    #expect(settings.fault == "a size is out of range")
  }
}
