import DrumNet
import Foundation
import Spectral
import Testing

/// A model with random weights and thresholds so low that it hears something in anything: it makes
/// charts of no sense, by the real path and fast.
enum TestModel {
  static func write(to path: String, seed: UInt64 = 1) throws {
    var sizes = HybridSettings.tiny
    sizes.stemChannels = [2, 2]
    sizes.width = 4
    sizes.heads = 1
    var settings = ModelSettings(name: "random \(seed)", network: .hybrid(sizes))
    settings.mel.bins = 16
    for drum in DrumClass.allCases {
      settings.calibration[drum] = Calibration.Class(threshold: 1e-6)
    }
    let network = settings.network.makeNetwork(bins: settings.mel.bins, seed: seed)
    try ModelFile.write(network, settings: settings, to: path)
  }
}

/// Not a test of anything: the checks in Tests/System, which are no Swift, convert with such a model,
/// too. `CHARTHERO_WRITE_MODEL=PATH swift test --filter WritingTheModel` hands it to them.
struct WritingTheModel {
  private static let path = ProcessInfo.processInfo.environment["CHARTHERO_WRITE_MODEL"]

  @Test("write a model for the checks", .enabled(if: path != nil))
  func write() throws {
    try TestModel.write(to: try #require(Self.path))
  }
}
