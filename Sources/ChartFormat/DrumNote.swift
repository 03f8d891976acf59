/// The pads of a four-lane Pro Drums kit. Raw values are the `N` codes of a `.chart` file.
package enum DrumPad: Int, CaseIterable, Comparable, Codable, Sendable {
  case kick = 0
  case red, yellow, blue, green
  package static func < (a: DrumPad, b: DrumPad) -> Bool { a.rawValue < b.rawValue }
}

/// How hard a pad is hit, as the chart shows it.
package enum Dynamic: String, Codable, Sendable {
  case normal, ghost, accent
}

/// One gem on the highway.
package struct DrumNote: Hashable, Sendable {
  package var tick: Tick
  package var pad: DrumPad
  /// A cymbal rather than a tom; only yellow, blue and green can be one.
  package var isCymbal: Bool
  package var dynamic: Dynamic
  /// The second foot of a double-bass figure (`N 32`, Expert only).
  package var isSecondKick: Bool

  package init(
    tick: Tick, pad: DrumPad, isCymbal: Bool = false, dynamic: Dynamic = .normal,
    isSecondKick: Bool = false
  ) {
    self.tick = tick
    self.pad = pad
    self.isCymbal = isCymbal
    self.dynamic = dynamic
    self.isSecondKick = isSecondKick
  }
}
