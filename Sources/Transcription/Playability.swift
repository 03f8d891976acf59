internal import ChartFormat
internal import DrumNet

/// Two hands and one or two feet: takes out what nobody can play. Only ever drops hits, the least
/// certain first; never moves or invents one.
enum Playability {
  /// Seconds between two hits of one lane below which the second is a double detection
  /// (the first percentile of human charts is 73 ms on the snare).
  static let sameLane = 0.05
  /// Games merge groups this close; checkers call them broken notes.
  static let brokenGap = 0.0155
  /// Seconds that a hand needs before it can strike again: sixteenths at 210 BPM.
  static let handRest = 0.07
  /// Seconds between strokes of alternating hands: thirty-seconds at 165 BPM.
  static let alternation = 0.045

  static func playable(_ hits: [Hit]) -> [Hit] {
    limitHands(mergeBrokenGroups(dropRepeats(twoHands(hits))))
  }

  /// At most two hand hits on a tick.
  static func twoHands(_ hits: [Hit]) -> [Hit] {
    hits.groups.flatMap { group -> [Hit] in
      let hands = hits[group].filter(\.isHand)
      guard hands.count > 2 else { return Array(hits[group]) }
      let kept = hands.sorted(by: isSurer).prefix(2)
      return hits[group].filter { !$0.isHand || kept.contains($0) }
    }
  }

  /// Of two hits of one lane closer than a stick or a foot can repeat, the surer stays.
  static func dropRepeats(_ hits: [Hit]) -> [Hit] {
    var dropped: Set<Int> = []
    var last: [Int: Int] = [:]
    for (i, hit) in hits.enumerated() {
      if let j = last[hit.lane], hit.time - hits[j].time < sameLane {
        if isSurer(hit, hits[j]) {
          dropped.insert(j)
          last[hit.lane] = i
        } else {
          dropped.insert(i)
        }
      } else {
        last[hit.lane] = i
      }
    }
    return hits.indices.filter { !dropped.contains($0) }.map { hits[$0] }
  }

  /// Of two groups that games would merge, the surer stays.
  private static func mergeBrokenGroups(_ hits: [Hit]) -> [Hit] {
    var result: [Range<Int>] = []
    func certainty(_ group: Range<Int>) -> Double { hits[group].reduce(0) { $0 + $1.confidence } }
    for group in hits.groups {
      if let last = result.last,
        hits[group.lowerBound].time - hits[last.lowerBound].time < brokenGap
      {
        if certainty(group) > certainty(last) { result[result.count - 1] = group }
      } else {
        result.append(group)
      }
    }
    return result.flatMap { hits[$0] }
  }

  /// Plays the song with two hands, each striking with the one that has rested longer, and drops
  /// what comes before a hand is ready.
  private static func limitHands(_ hits: [Hit]) -> [Hit] {
    var result: [Hit] = []
    var hands = [-1.0, -1.0]
    for group in hits.groups {
      let time = hits[group.lowerBound].time
      let ready = hands.filter { time - $0 >= handRest - 1e-9 }.count
      let isApart = time - hands.max()! >= alternation - 1e-9
      let wanted = hits[group].filter(\.isHand)
      let kept = isApart ? Array(wanted.sorted(by: isSurer).prefix(ready)) : []
      for _ in kept { hands[hands[0] <= hands[1] ? 0 : 1] = time }
      result += hits[group].filter { !$0.isHand || kept.contains($0) }
    }
    return result
  }

  /// By confidence; of equals the backbone of the groove goes first.
  static func isSurer(_ a: Hit, _ b: Hit) -> Bool {
    (a.confidence, importance(a), -a.tick.value) > (b.confidence, importance(b), -b.tick.value)
  }

  private static func importance(_ hit: Hit) -> Int {
    switch hit.drum {
    case .kick, .snare: 4
    case .crash: 3
    case .tomHigh, .tomMid, .tomLow: 2
    case .ride: 1
    case .hihat: 0
    }
  }
}
