/// The eight drums the network hears, in chart terms. The one vocabulary of the project: every
/// source (General MIDI, TD-11, Rock Band, `.chart`) is mapped onto it once, and the raw values
/// are the columns of every activation matrix and every shipped model.
package enum DrumClass: Int, CaseIterable, Codable, Sendable {
  case kick, snare, tomHigh, tomMid, tomLow, hihat, crash, ride

  /// The name used in files and tables (`tom_high`, `hihat`, ...).
  package var name: String {
    switch self {
    case .kick: "kick"
    case .snare: "snare"
    case .tomHigh: "tom_high"
    case .tomMid: "tom_mid"
    case .tomLow: "tom_low"
    case .hihat: "hihat"
    case .crash: "crash"
    case .ride: "ride"
    }
  }

  package init?(name: some StringProtocol) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// The five kinds of drums that published systems tell apart; the raw values are their order in
/// tables.
package enum DrumFamily: Int, CaseIterable, Sendable {
  case kick, snare, toms, hihat, cymbals
}

extension DrumClass {
  package var family: DrumFamily {
    switch self {
    case .kick: .kick
    case .snare: .snare
    case .tomHigh, .tomMid, .tomLow: .toms
    case .hihat: .hihat
    case .crash, .ride: .cymbals
    }
  }
}
