import Foundation
import TestSupport

/// The sample songs and what the built `charthero` makes of them, converted once for all tests.
enum Samples {
  static let charthero = BuiltProgram("charthero")

  struct Sample: Sendable, CustomStringConvertible {
    var file: String
    var title: String
    /// BPM, as the musician's own guitar chart has it.
    var tempo: Double
    /// The chart folder that it must become.
    var folder: String { "Sectoid - \(title) (Chart Hero)" }
    var url: URL { Repository.file("samples/" + file) }
    var description: String { file }
  }

  static let all = [
    Sample(file: "chaosland.mp3", title: "Escape from Chaosland", tempo: 135),
    Sample(file: "Sectoid - Feelings.wav", title: "Feelings", tempo: 95),
  ]

  struct Conversion: Sendable {
    var outbox: TemporaryFolder
    var outcome: BuiltProgram.Outcome
    func folder(_ sample: Sample) -> URL { outbox(sample.folder) }
  }

  /// All samples through one call of `charthero convert`.
  static func converted() throws -> Conversion { try shared.get() }

  private static let shared = Result {
    let outbox = try TemporaryFolder()
    let outcome = try charthero.run(
      ["convert"] + all.map(\.url.path) + ["-o", outbox.url.path])
    return Conversion(outbox: outbox, outcome: outcome)
  }
}
