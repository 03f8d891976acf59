internal import ChartFormat

/// What a bar holds, apart from where it stands: equal bars are reduced equally.
struct BarContent: Hashable, Sendable {
  /// Ticks.
  var length: Int
  var beat: Int
  var resolution: Int
  /// Milli-BPM, the same for all bars near the song's usual tempo, so that a wobbling tempo map
  /// does not make equal bars unequal.
  var tempo: Int
  /// Notes with ticks counted from the bar line.
  var notes: [DrumNote]
}

/// How far one tier thins the bars of the tier above.
struct ReductionRule: Hashable, Sendable {
  /// Least ticks between the hits of the hands, and between kicks.
  var handGap: Int
  var kickGap: Int
  /// Whether a snare or tom loses the time-keeping cymbal that is played with it.
  var thinsChords: Bool
  /// Whether hands may be as fast as in the fastest human charts: where the tier of a fast song
  /// would otherwise keep too little of it.
  var isHurried = false

  /// Gaps that make musical sense, in ticks: from sixteenths over triplets to whole notes.
  static func gaps(_ resolution: Int) -> [Int] {
    [
      resolution / 4, resolution / 3, resolution / 2, resolution * 2 / 3, resolution,
      resolution * 3 / 2, resolution * 2, resolution * 4,
    ]
  }
}

/// One bar made ready to be thinned for a tier: first the hands, then the kicks.
///
/// Positions are taken in the order of their weight in the bar and of what the groove would miss
/// most, each only if it keeps its distance from those already taken. Distances wrap around, so
/// that a bar also fits before and after itself.
struct BarReduction {
  /// The notes of one tick.
  struct Group {
    var tick: Int
    var hands: [DrumNote]
    var kick: DrumNote?
    var weight: Double
    var hasCrash: Bool { hands.contains { $0.isCymbal && $0.pad == .green } }
    var hasTom: Bool { hands.contains { $0.pad > .red && !$0.isCymbal } }
    var isTimeKeeping: Bool { hands.allSatisfy(\.isCymbal) && !hasCrash }
  }

  private let tier: Difficulty
  private let length: Int
  private let resolution: Int
  private let groups: [Group]
  /// Indices of groups that compete for the hands' time, the best first.
  private let order: [Int]
  /// Ticks that the tier's hands need at this tempo.
  private let leastGap: Int

  /// Seconds from hit to hit that the hands of a tier need at least (the 5th percentile of human
  /// charts: Hard 137 ms, Medium 236 ms).
  private static func leastSeconds(_ tier: Difficulty) -> Double {
    switch tier {
    case .expert: 0
    case .hard: 0.135
    case .medium: 0.23
    case .easy: 0.3
    }
  }

  /// The fastest of human tiers are this much faster than the 5th percentile.
  private static let hurry = 0.72

  init(_ bar: BarContent, for tier: Difficulty, isHurried: Bool = false) {
    self.tier = tier
    length = bar.length
    resolution = bar.resolution
    let secondsPerTick = 60_000 / Double(bar.tempo) / Double(bar.resolution)
    leastGap =
      ReductionRule.gaps(bar.resolution).first {
        Double($0) * secondsPerTick >= Self.leastSeconds(tier) * (isHurried ? Self.hurry : 1)
      } ?? bar.length
    let groups = Self.groups(bar, tier)
    self.groups = groups
    // Below Hard a kick alone takes a place in time like a hand does.
    let competing = groups.indices.filter {
      !groups[$0].hands.isEmpty || (tier < .hard && groups[$0].kick != nil)
    }
    let scores = groups.map(Self.score)
    order = competing.sorted {
      (scores[$0], -groups[$0].tick) > (scores[$1], -groups[$1].tick)
    }
  }

  /// How much the groove would miss each position.
  var scores: [(tick: Int, score: Double)] { groups.map { ($0.tick, Self.score($0)) } }

  /// The bar as the tier plays it.
  func reduced(_ rule: ReductionRule) -> [DrumNote] {
    let kept = hands(gap: rule.handGap)
    var notes = kept.flatMap { thinned(groups[$0].hands, rule.thinsChords) }
    for i in kicks(kept, rule) {
      if let kick = groups[i].kick { notes.append(kick) }
    }
    return notes.sorted { ($0.tick.value, $0.pad.rawValue) < ($1.tick.value, $1.pad.rawValue) }
  }

  /// Groups whose hands (or lone kick) stay.
  func hands(gap: Int) -> [Int] { spread(order, gap: max(gap, leastGap)) }

  /// Hand notes of some groups.
  func handCount(_ kept: [Int], thinsChords: Bool) -> Int {
    kept.reduce(0) { $0 + count(groups[$1].hands, thinsChords) }
  }

  /// Groups whose kick stays.
  func kicks(_ kept: [Int], _ rule: ReductionRule) -> [Int] {
    let gap = max(rule.handGap, leastGap)
    let candidates = groups.indices.filter { i in
      guard groups[i].kick != nil else { return false }
      if groups[i].hands.isEmpty || !kept.contains(i) {
        return tier < .hard ? kept.contains(i) : isFree(i, among: kept, gap: gap)
      }
      switch tier {
      case .easy: return false
      case .medium: return count(groups[i].hands, rule.thinsChords) == 1
      case .hard, .expert: return groups[i].hands.count == 1 || groups[i].hasCrash
      }
    }
    let best = candidates.sorted {
      (kickScore($0, kept), -groups[$0].tick) > (kickScore($1, kept), -groups[$1].tick)
    }
    return spread(best, gap: rule.kickGap)
  }

  /// Whether Hard has time for a kick between the hands: half their gap away, not in a tom fill.
  private func isFree(_ i: Int, among kept: [Int], gap: Int) -> Bool {
    kept.allSatisfy { j in
      let distance = distance(groups[i].tick, groups[j].tick)
      return distance >= gap / 2 && (distance >= resolution || !groups[j].hasTom)
    }
  }

  private func kickScore(_ i: Int, _ kept: [Int]) -> Double {
    groups[i].weight + (kept.contains(i) && !groups[i].hands.isEmpty ? 1 : 0)
  }

  // MARK: - Making ready

  /// The bar's groups without what the tier never has: the second foot, flams, and ghosts (Hard
  /// keeps those on eighths).
  private static func groups(_ bar: BarContent, _ tier: Difficulty) -> [Group] {
    var groups: [Group] = []
    for note in bar.notes where !note.isSecondKick {
      let weight = BarGrid.weight(
        offset: note.tick.value, length: bar.length, beat: bar.beat, quarter: bar.resolution)
      if note.dynamic == .ghost, tier != .hard || weight > .eighth { continue }
      if groups.last?.tick != note.tick.value {
        groups.append(
          Group(tick: note.tick.value, hands: [], kick: nil, weight: metrical(weight)))
      }
      let last = groups.count - 1
      if note.pad == .kick {
        groups[last].kick = note
      } else if note.pad == .yellow, !note.isCymbal, groups[last].hands.last?.pad == .red {
        continue
      } else {
        groups[last].hands.append(note)
      }
    }
    return tier == .easy ? kickAndSnare(groups) : groups
  }

  /// Where the feet say more than the time-keeping hand, Easy plays kick and snare instead of
  /// cymbal and snare.
  private static func kickAndSnare(_ groups: [Group]) -> [Group] {
    let kicks = groups.count { $0.kick != nil }
    let cymbals = groups.count { !$0.hands.isEmpty && $0.isTimeKeeping }
    guard kicks > 0, kicks >= cymbals else { return groups }
    return groups.map { group in
      var group = group
      if group.kick != nil, group.isTimeKeeping { group.hands = [] }
      return group
    }
  }

  private static func metrical(_ weight: BarGrid.Weight) -> Double {
    switch weight {
    case .bar: 10
    case .half: 8
    case .beat: 7
    case .eighth: 5
    case .sixteenth: 3
    case .finer: 1
    }
  }

  /// How much the groove would miss a group.
  private static func score(_ group: Group) -> Double {
    if group.hands.isEmpty { return group.weight - 1 }
    var score = group.weight
    if group.hands.contains(where: { $0.pad == .red && $0.dynamic != .ghost }) { score += 2.5 }
    if group.hasCrash { score += 3 }
    if group.hasTom { score += 1 }
    return score
  }

  // MARK: - Thinning

  private func distance(_ a: Int, _ b: Int) -> Int {
    let straight = abs(a - b)
    return min(straight, max(0, length - straight))
  }

  private func spread(_ candidates: [Int], gap: Int) -> [Int] {
    var kept: [Int] = []
    for i in candidates
    where kept.allSatisfy({ distance(groups[$0].tick, groups[i].tick) >= gap }) {
      kept.append(i)
    }
    return kept
  }

  private func count(_ hands: [DrumNote], _ thinsChords: Bool) -> Int {
    thinsChords ? min(hands.count, 1) : hands.count
  }

  /// The crash, else the drum, else the first cymbal.
  private func thinned(_ hands: [DrumNote], _ thinsChords: Bool) -> [DrumNote] {
    guard thinsChords, hands.count > 1 else { return hands }
    let crash = hands.first { $0.isCymbal && $0.pad == .green }
    return [crash ?? hands.first { !$0.isCymbal } ?? hands[0]]
  }
}
