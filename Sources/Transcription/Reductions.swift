internal import ChartFormat

/// Hard, Medium and Easy from Expert, each a subset in time of the tier above.
///
/// Every bar is thinned by itself (see ``BarReduction``), so that equal bars stay equal; how far
/// is chosen once for the song, so that the tier's density lands where human charters put it.
struct Reductions {
  let grid: BarGrid
  /// The song's usual tempo in milli-BPM.
  private let usualTempo: Int

  /// What human charts have, as shares: notes of Expert (5th, 50th, 95th percentile), kicks.
  struct Target {
    var least: Double
    var ratio: Double
    var most: Double
    var kicks: Double

    static func of(_ tier: Difficulty) -> Target {
      switch tier {
      case .expert: Target(least: 1, ratio: 1, most: 1, kicks: 0.33)
      case .hard: Target(least: 0.51, ratio: 0.67, most: 0.87, kicks: 0.24)
      case .medium: Target(least: 0.31, ratio: 0.475, most: 0.62, kicks: 0.15)
      case .easy: Target(least: 0.21, ratio: 0.33, most: 0.47, kicks: 0.068)
      }
    }
  }

  /// Notes per second of the median human Expert chart.
  private static let usualDensity = 8.6

  init(grid: BarGrid) {
    self.grid = grid
    usualTempo = Self.usualTempo(grid)
  }

  /// The four tiers.
  /// - Parameter anchors: Spans that must keep a note in every tier: star power phrases, and the
  ///   ends of fills as spans of one tick.
  func tiers(_ expert: [DrumNote], anchors: [Range<Tick>]) -> [Difficulty: [DrumNote]] {
    var tiers: [Difficulty: [DrumNote]] = [.expert: expert]
    var above = expert
    for tier in [Difficulty.hard, .medium, .easy] {
      let rule = rule(tier, from: above, expert: expert)
      var notes = trimmed(apply(rule, to: above, tier), expert: expert, tier)
      notes = restore(anchors, from: above, to: notes, tier)
      notes = fallBack(notes, from: above, tier)
      tiers[tier] = notes
      above = notes
    }
    return tiers
  }

  /// The rule whose result comes closest to human charts of such a song. Only where none keeps
  /// enough of it may the hands hurry.
  func rule(
    _ tier: Difficulty, from above: [DrumNote], expert: [DrumNote]
  ) -> ReductionRule {
    let calm = rule(tier, from: above, expert: expert, isHurried: false)
    guard calm.ratio < Target.of(tier).least else { return calm.rule }
    return rule(tier, from: above, expert: expert, isHurried: true).rule
  }

  private func rule(
    _ tier: Difficulty, from above: [DrumNote], expert: [DrumNote], isHurried: Bool
  ) -> (rule: ReductionRule, ratio: Double) {
    let bars = Dictionary(contents(above).map { ($0.content, 1) }, uniquingKeysWith: +)
    let target = Target.of(tier)
    let wanted = wantedRatio(target, expert)
    var totals: [ReductionRule: (notes: Int, kicks: Int)] = [:]
    let rules = rules(tier)
    for (content, count) in bars {
      let bar = BarReduction(content, for: tier, isHurried: isHurried)
      for (gap, rules) in rules {
        let kept = bar.hands(gap: gap)
        for rule in rules {
          let kicks = bar.kicks(kept, rule).count
          let hands = bar.handCount(kept, thinsChords: rule.thinsChords)
          totals[rule, default: (0, 0)].notes += count * (hands + kicks)
          totals[rule, default: (0, 0)].kicks += count * kicks
        }
      }
    }
    var best = rules[rules.count / 2].rules[0]
    var bestCost = Double.infinity
    var bestRatio = 0.0
    for rule in rules.flatMap(\.rules) {
      guard let total = totals[rule], total.notes > 0 else { continue }
      let ratio = Double(total.notes) / Double(max(1, expert.count))
      var cost = 4 * (max(ratio / wanted, wanted / ratio) - 1)
      cost += 2 * abs(Double(total.kicks) / Double(total.notes) - target.kicks)
      if ratio < target.least || ratio > target.most { cost += 4 }
      if rule.thinsChords { cost += 0.3 }
      if cost < bestCost { (best, bestCost, bestRatio) = (rule, cost, ratio) }
    }
    best.isHurried = isHurried
    return (best, bestRatio)
  }

  /// All rules for a tier by the gap of the hands.
  private func rules(_ tier: Difficulty) -> [(gap: Int, rules: [ReductionRule])] {
    let gaps = ReductionRule.gaps(grid.map.resolution)
    return gaps.map { handGap in
      let rules = (gaps.dropFirst(2) + [grid.map.resolution * 8]).flatMap { kickGap in
        (tier == .hard ? [false] : [false, true]).map {
          ReductionRule(handGap: handGap, kickGap: kickGap, thinsChords: $0)
        }
      }
      return (handGap, rules)
    }
  }

  /// Sparse songs keep more of their notes, dense ones less.
  private func wantedRatio(_ target: Target, _ expert: [DrumNote]) -> Double {
    guard let first = expert.first, let last = expert.last, first.tick < last.tick else {
      return target.ratio
    }
    let seconds = grid.seconds(last.tick) - grid.seconds(first.tick)
    let density = Double(expert.count) / max(seconds, 1)
    let ratio = target.ratio * (Self.usualDensity / density).squareRoot()
    // Not up to the edge of what humans do: the anchors still add notes.
    return min(max(ratio, target.least * 1.1), target.most * 0.93)
  }

  func apply(_ rule: ReductionRule, to notes: [DrumNote], _ tier: Difficulty) -> [DrumNote] {
    var known: [BarContent: [DrumNote]] = [:]
    var result: [DrumNote] = []
    for (start, content) in contents(notes) {
      let reduced =
        known[content]
        ?? BarReduction(content, for: tier, isHurried: rule.isHurried).reduced(rule)
      known[content] = reduced
      result += reduced.map { note in
        var note = note
        note.tick = note.tick + start
        return note
      }
    }
    return result
  }

  /// Where no rule takes enough, because the next wider gap would take far too much: without the
  /// weakest positions, each in all bars that are equal.
  private func trimmed(
    _ notes: [DrumNote], expert: [DrumNote], _ tier: Difficulty
  ) -> [DrumNote] {
    // Not up to the edge: the anchors still add notes.
    let most = Int(0.95 * Target.of(tier).most * Double(expert.count))
    guard notes.count > most else { return notes }
    let bars = contents(notes)
    var kinds: [BarContent: (first: Tick, count: Int)] = [:]
    for (start, content) in bars { kinds[content, default: (start, 0)].count += 1 }
    let weakest = kinds.flatMap { content, kind in
      BarReduction(content, for: tier).scores.map { (content: content, kind: kind, position: $0) }
    }.sorted {
      ($0.position.score, $0.kind.first, $0.position.tick)
        < ($1.position.score, $1.kind.first, $1.position.tick)
    }
    var gone: [BarContent: Set<Int>] = [:]
    var left = notes.count
    for (content, kind, position) in weakest where left > most {
      gone[content, default: []].insert(position.tick)
      left -= kind.count * content.notes.count { $0.tick.value == position.tick }
    }
    return bars.flatMap { start, content in
      content.notes.filter { gone[content]?.contains($0.tick.value) != true }.map { note in
        var note = note
        note.tick = note.tick + start
        return note
      }
    }
  }

  /// The bars that have notes.
  private func contents(_ notes: [DrumNote]) -> [(start: Tick, content: BarContent)] {
    var result: [(start: Tick, content: BarContent)] = []
    var current = -1
    for note in notes {
      let bar = grid.bar(at: note.tick)
      let start = grid.start(ofBar: bar)
      if bar != current {
        current = bar
        result.append(
          (
            start,
            BarContent(
              length: grid.length(ofBar: bar), beat: grid.beat(at: start),
              resolution: grid.map.resolution, tempo: tempo(at: start), notes: [])
          ))
      }
      var note = note
      note.tick = note.tick - start
      result[result.count - 1].content.notes.append(note)
    }
    return result
  }

  /// Puts back the strongest group of an anchor that lost all its notes.
  private func restore(
    _ anchors: [Range<Tick>], from above: [DrumNote], to notes: [DrumNote], _ tier: Difficulty
  ) -> [DrumNote] {
    var restored: [DrumNote] = []
    for span in anchors
    where !notes.contains(where: { span.contains($0.tick) })
      && !restored.contains(where: { span.contains($0.tick) })
    {
      let candidates = above.filter { span.contains($0.tick) && !$0.isSecondKick }
      guard
        let tick = candidates.map(\.tick).min(by: {
          (grid.weight(of: $0), $0) < (grid.weight(of: $1), $1)
        })
      else { continue }
      restored += Self.simplified(candidates.filter { $0.tick == tick }, tier)
    }
    return restored.isEmpty ? notes : Self.sorted(notes + restored)
  }

  /// One group as a tier may play it.
  private static func simplified(_ group: [DrumNote], _ tier: Difficulty) -> [DrumNote] {
    let hands = group.filter { $0.pad != .kick }
    switch tier {
    case .easy where !hands.isEmpty: return hands
    case .medium where hands.count > 1: return hands
    default: return group
    }
  }

  /// No tier is empty, and none equals the one above as long as that can be thinned.
  private func fallBack(
    _ notes: [DrumNote], from above: [DrumNote], _ tier: Difficulty
  ) -> [DrumNote] {
    var notes = notes
    if notes.isEmpty, let first = above.first {
      notes = Self.simplified(above.filter { $0.tick == first.tick && !$0.isSecondKick }, tier)
      if notes.isEmpty { notes = [above[0]] }
      notes = notes.map { note in
        var note = note
        note.isSecondKick = false
        return note
      }
    }
    let ticks = Set(notes.map(\.tick)).sorted {
      (grid.weight(of: $1), $0) < (grid.weight(of: $0), $1)
    }
    if notes == above, ticks.count > 1 {
      // A tenth of the weakest positions goes.
      let gone = Set(ticks.prefix(max(1, ticks.count / 10)))
      notes.removeAll { gone.contains($0.tick) }
    }
    return notes
  }

  private static func sorted(_ notes: [DrumNote]) -> [DrumNote] {
    notes.sorted { ($0.tick.value, $0.pad.rawValue) < ($1.tick.value, $1.pad.rawValue) }
  }

  // MARK: - Tempo

  /// Bars within an eighth of the usual tempo count as bars of that tempo.
  private func tempo(at tick: Tick) -> Int {
    let tempo = grid.map.tempo(at: tick).value
    return abs(tempo - usualTempo) * 8 <= usualTempo ? usualTempo : tempo / 1_000 * 1_000
  }

  /// The median tempo of the bars.
  private static func usualTempo(_ grid: BarGrid) -> Int {
    let tempos = grid.lines.dropLast().map { grid.map.tempo(at: $0).value }.sorted()
    return tempos.isEmpty ? 120_000 : tempos[tempos.count / 2]
  }
}
