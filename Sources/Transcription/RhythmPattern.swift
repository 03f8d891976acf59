internal import DrumNet
private import FoundationEssentials

#if canImport(Glibc)
  private import Glibc
#endif

/// The five kinds of drum that mark the beat in different ways.
enum RhythmClass: Int, CaseIterable {
  case kick, snare, tom, timekeeper, crash

  init(_ drum: DrumClass) {
    switch drum {
    case .kick: self = .kick
    case .snare: self = .snare
    case .tomHigh, .tomMid, .tomLow: self = .tom
    case .hihat, .ride: self = .timekeeper
    case .crash: self = .crash
    }
  }
}

/// Where in a bar drums are hit: the densities of one metre.
struct RhythmPattern {
  /// Places in a beat at which densities are known.
  static let places = 24

  /// 2...7.
  let beats: Int
  /// Beats divide by three (6/8, 12/8, shuffle) rather than by two and four.
  let isCompound: Bool
  /// Per class, `beats * places` densities relative to an even spread over the bar.
  let densities: [[Double]]

  static let all: [RhythmPattern] = {
    let codes = rhythmPatternText.utf8.filter { $0 > 32 }.map { Double($0) - 33 }
    var position = 0
    let metres = (2...7).map { ($0, false) } + (2...4).map { ($0, true) }
    return metres.map { beats, isCompound in
      let densities = RhythmClass.allCases.map { _ in
        defer { position += beats * places }
        return codes[position..<position + beats * places].map { exp($0 / 8 - 3.2) }
      }
      return RhythmPattern(beats: beats, isCompound: isCompound, densities: densities)
    }
  }()
}

/// The places that a beat can have: one lane for every position in the bar of every pattern.
enum BarLanes {
  /// Lanes are processed eight at a time; the last ones of `vectors * 8` are unused.
  static let vectors = (count + 7) / 8
  /// The sum of the beats of ``RhythmPattern/all``; a literal, for the inner loops' sake.
  static let count = 36
  /// Index into ``RhythmPattern/all`` of each lane.
  static let pattern = RhythmPattern.all.indices.flatMap { i in
    [Int](repeating: i, count: RhythmPattern.all[i].beats)
  }
  /// Position in the bar of each lane, from 0.
  static let position = RhythmPattern.all.flatMap { 0..<$0.beats }
  /// The downbeat's lane and the last beat's lane of each pattern.
  static let first = RhythmPattern.all.indices.map { i in pattern.firstIndex(of: i) ?? 0 }
  static let last = RhythmPattern.all.indices.map { i in pattern.lastIndex(of: i) ?? 0 }
}
