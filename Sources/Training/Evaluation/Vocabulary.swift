package import DrumNet

/// A set of classes to score in: the eight of the chart, the five of the published systems, or one.
package enum Vocabulary: String, CaseIterable, Codable, Sendable {
  case eight, five, any

  /// Row names in table order.
  package var classes: [String] {
    switch self {
    case .eight: DrumClass.allCases.map(\.name)
    case .five: DrumFamily.allCases.map { "\($0)" }
    case .any: ["onset"]
    }
  }

  /// Index into ``classes``.
  package func index(of drum: DrumClass) -> Int {
    switch self {
    case .eight: drum.rawValue
    case .any: 0
    case .five: drum.family.rawValue
    }
  }
}
