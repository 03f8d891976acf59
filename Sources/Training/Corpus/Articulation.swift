package import DrumNet

/// How a drum is struck: finer than ``DrumClass``, the vocabulary of performances and kits.
package enum Articulation: Int, CaseIterable, Codable, Sendable {
  case kick, snare, snareRim, sidestick
  case hihatClosed, hihatHalf, hihatOpen, hihatPedal
  case tomHigh, tomMid, tomLow
  /// Crashes as they are usually struck, on the edge with the shoulder of the stick.
  case crash, crash2, china, splash
  /// A crash struck on its bow with the tip, like a ride.
  case crashBow
  case rideBow, rideBell, rideEdge
  /// Claps, shakers, cowbells and hand drums: heard, never labelled.
  case percussion

  /// The class it is labelled as, or `nil`.
  package var drum: DrumClass? {
    switch self {
    case .kick: .kick
    case .snare, .snareRim, .sidestick: .snare
    case .hihatClosed, .hihatHalf, .hihatOpen, .hihatPedal: .hihat
    case .tomHigh: .tomHigh
    case .tomMid: .tomMid
    case .tomLow: .tomLow
    case .crash, .crash2, .china, .splash, .crashBow: .crash
    case .rideBow, .rideBell, .rideEdge: .ride
    case .percussion: nil
    }
  }

  package var isOpen: Bool { self == .hihatOpen || self == .hihatHalf }
  package var isHihat: Bool { drum == .hihat }
  package var isTom: Bool { self == .tomHigh || self == .tomMid || self == .tomLow }

  /// What is played where a kit lacks this articulation, best first.
  package var substitutes: [Articulation] {
    switch self {
    case .kick, .hihatClosed, .percussion: []
    case .snare: [.snareRim]
    case .snareRim: [.snare]
    case .sidestick: []
    case .hihatHalf: [.hihatOpen]
    case .hihatOpen: [.hihatHalf]
    case .hihatPedal: [.hihatClosed]
    case .tomHigh: [.tomMid, .tomLow]
    case .tomMid: [.tomHigh, .tomLow]
    case .tomLow: [.tomMid, .tomHigh]
    case .crash, .crashBow: [.crash, .crash2]
    case .crash2, .china, .splash: [.crash, .crash2]
    case .rideBow: [.rideEdge]
    case .rideBell, .rideEdge: [.rideBow]
    }
  }

  /// A General MIDI percussion key (channel 10).
  package init?(generalMIDI note: UInt8) {
    switch note {
    case 35, 36: self = .kick
    case 38: self = .snare
    case 40: self = .snareRim
    case 37: self = .sidestick
    case 42: self = .hihatClosed
    case 44: self = .hihatPedal
    case 46: self = .hihatOpen
    case 48, 50: self = .tomHigh
    case 45, 47: self = .tomMid
    case 41, 43: self = .tomLow
    case 49: self = .crash
    case 57: self = .crash2
    case 52: self = .china
    case 55: self = .splash
    case 51: self = .rideBow
    case 59: self = .rideEdge
    case 53: self = .rideBell
    case 39, 54, 56, 58, 60...82: self = .percussion
    default: return nil
    }
  }

  /// A note of the AVL Drumkits' soundfonts (Black Pearl, Red Zeppelin), which follow General MIDI up
  /// to 47 but have one rack tom, hats at 46 and 48 and choked cymbals at 50, 52 and 58; those and
  /// the unnamed ones are left out.
  package init?(avlDrumkit note: UInt8) {
    switch note {
    case 45, 47: self = .tomHigh
    case 46, 48: self = .hihatHalf
    case 50, 52, 58, 60, 62...127: return nil
    default: self.init(generalMIDI: note)
    }
  }

  /// A note of a Roland TD-11, as Groove has them.
  package init?(td11 note: UInt8) {
    switch note {
    case 22: self = .hihatClosed
    case 26: self = .hihatOpen
    case 58: self = .tomLow
    case 49: self = .crashBow
    case 55: self = .crash
    case 52: self = .crash2
    default:
      guard let match = Articulation(generalMIDI: note), match != .percussion else { return nil }
      self = match
    }
  }
}
