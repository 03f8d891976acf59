import Benchmarks
import DrumNet
import Foundation
import Spectral
import TensorCore

/// One step of training on one made-up batch, over and over: forward, backward, clipping, AdamW.
final class TrainingStep {
  let name: String
  let network: any Network
  let windows: Int
  let frames: Int
  let features: [Float]
  let targets: [Float]
  private let settings: NetworkSettings
  private let optimiser: AdamW
  private let x: Tensor
  private let wanted: Tensor
  private let weights: Tensor

  static let rate = 1e-4
  /// Onsets are rare.
  private static let hitShare: Float = 0.03

  /// Without dropout, as PyTorch's side is.
  init(name: String, _ settings: NetworkSettings, windows: Int, seconds: Double) throws {
    (self.name, self.windows) = (name, windows)
    self.settings = try settings.withoutDropout()
    let mel = MelSettings()
    let multiple = settings.frameMultiple
    let whole = Int((seconds * mel.framesPerSecond).rounded())
    frames = (whole + multiple - 1) / multiple * multiple
    network = self.settings.makeNetwork(bins: mel.bins, seed: 1)
    optimiser = AdamW(network.parameters)
    features = ProductShape.values(windows * frames * mel.bins, deviation: 1)
    var random = Random(seed: 2)
    let values = windows * frames * OutputLayout.count
    targets = (0..<values).map { _ in Float(random.uniform()) < Self.hitShare ? 1 : 0 }
    x = Tensor(features, [windows, frames, mel.bins])
    wanted = Tensor(targets, [windows, frames, OutputLayout.count])
    weights = Tensor([windows, frames, OutputLayout.count], repeating: 1)
  }

  /// Takes a step and returns its loss, the mean over all values.
  @discardableResult
  func run(recomputing: Bool = false) -> Float {
    let tape = Tape(recomputes: recomputing)
    let loss = network.forward(x, tape: tape).bceWithLogits(
      targets: wanted, weights: weights, normaliser: Float(targets.count), tape)
    let value = loss.item
    tape.backward(from: loss)
    optimiser.update(rate: Self.rate)
    return value
  }

  /// Writes the network as it is for another engine.
  func write(to path: String) throws {
    try ModelFile.write(
      network, settings: ModelSettings(name: name, network: settings), to: path)
  }
}

extension NetworkSettings {
  /// The same network with nothing dropped, whatever its kind: the settings that say so have the
  /// same names in all.
  func withoutDropout() throws -> NetworkSettings {
    let data = try JSONEncoder().encode(self)
    guard var object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      return self
    }
    for key in ["dropout", "lastDropout", "stochasticDepth"] where object[key] != nil {
      object[key] = 0
    }
    return try JSONDecoder().decode(
      Self.self, from: try JSONSerialization.data(withJSONObject: object))
  }
}
