package import DrumNet

/// A set of classes to score in: the eight of the chart, the five of the published systems, or one.
package enum Vocabulary: String, CaseIterable, Codable, Sendable {
  case eight, five, any

  /// Row names in table order.
  package var classes: [String] {
    switch self {
    case .eight: DrumClass.allCases.map(\.name)
    case .five: ["kick", "snare", "toms", "hihat", "cymbals"]
    case .any: ["onset"]
    }
  }

  /// Index into ``classes``.
  package func index(of drum: DrumClass) -> Int {
    switch self {
    case .eight: drum.rawValue
    case .any: 0
    case .five:
      switch drum {
      case .kick: 0
      case .snare: 1
      case .tomHigh, .tomMid, .tomLow: 2
      case .hihat: 3
      case .crash, .ride: 4
      }
    }
  }
}
