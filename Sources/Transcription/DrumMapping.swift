internal import ChartFormat
internal import DrumNet

/// Which pad plays which drum, decided once for the whole song so that each keeps its lane.
///
/// Hi-hat: yellow cymbal; open between closed strokes: blue cymbal. Ride: blue cymbal. Crash:
/// green cymbal. Snare: red. Toms from high to low: yellow, blue, green.
struct DrumMapping {
  /// The pad of each tom class.
  private var toms: [DrumClass: DrumPad]

  /// A tom class with fewer than this share of the tom hits is taken for a mishearing of its
  /// neighbour when that leaves a two-tom kit.
  private static let strayShare = 0.04

  init(_ onsets: [GridOnset]) {
    toms = Self.tomPads(onsets)
  }

  /// The hits of the song with their pads, ascending; at most one per pad and tick.
  func hits(_ onsets: [GridOnset], grid: BarGrid) -> [Hit] {
    let open = openHats(onsets, grid: grid)
    var result: [Hit] = []
    let order = onsets.indices.sorted {
      (onsets[$0].tick.value, onsets[$0].onset.drum.rawValue, -onsets[$0].onset.confidence, $0)
        < (onsets[$1].tick.value, onsets[$1].onset.drum.rawValue, -onsets[$1].onset.confidence, $1)
    }
    for i in order {
      let onset = onsets[i].onset
      let place = place(onset.drum, isOpen: open.contains(i))
      let hit = Hit(
        tick: onsets[i].tick, time: grid.seconds(onsets[i].tick), drum: onset.drum,
        pad: place.pad, isCymbal: place.isCymbal, velocity: onset.velocity,
        confidence: onset.confidence)
      result.append(hit)
    }
    let flams = Set(onsets.lazy.filter(\.onset.isFlam).map(\.tick))
    return resolveCollisions(withFlams(result, at: flams))
  }

  private func place(_ drum: DrumClass, isOpen: Bool) -> (pad: DrumPad, isCymbal: Bool) {
    switch drum {
    case .kick: (.kick, false)
    case .snare: (.red, false)
    case .hihat: (isOpen ? .blue : .yellow, true)
    case .ride: (.blue, true)
    case .crash: (.green, true)
    case .tomHigh, .tomMid, .tomLow: (toms[drum] ?? .blue, false)
    }
  }

  /// Three toms go from left to right. Of two the lower is the floor tom, and the higher takes
  /// the lane whose cymbal is played less near it.
  private static func tomPads(_ onsets: [GridOnset]) -> [DrumClass: DrumPad] {
    let plain: [DrumClass: DrumPad] = [.tomHigh: .yellow, .tomMid: .blue, .tomLow: .green]
    var counts: [DrumClass: Int] = [:]
    for onset in onsets where plain[onset.onset.drum] != nil {
      counts[onset.onset.drum, default: 0] += 1
    }
    let total = counts.values.reduce(0, +)
    let used = [DrumClass.tomHigh, .tomMid, .tomLow].filter {
      Double(counts[$0] ?? 0) > strayShare * Double(total)
    }
    guard used.count == 2 else { return plain }
    let yellow = conflicts(of: used[0], with: [.hihat], onsets)
    let blue = conflicts(of: used[0], with: [.ride], onsets)
    let higher = blue < yellow ? DrumPad.blue : .yellow
    var pads = [used[0]: higher, used[1]: DrumPad.green]
    // The stray third class joins the nearer of the two in pitch.
    for stray in plain.keys where pads[stray] == nil {
      pads[stray] = stray == .tomHigh || (stray == .tomMid && used[0] == .tomHigh) ? higher : .green
    }
    return pads
  }

  /// How often a tom stands on the same tick as a cymbal that would share its lane, or beside it.
  private static func conflicts(
    of tom: DrumClass, with cymbals: Set<DrumClass>, _ onsets: [GridOnset]
  ) -> Int {
    var count = 0
    for i in onsets.indices where onsets[i].onset.drum == tom {
      for j in max(0, i - 3)..<min(onsets.count, i + 4)
      where cymbals.contains(onsets[j].onset.drum)
        && abs(onsets[j].onset.time - onsets[i].onset.time) < 0.15
      { count += 1 }
    }
    return count
  }

  /// Indices of open hi-hat strokes that go to the blue cymbal: one or two open strokes with
  /// closed ones within a beat around them, in a bar without ride. A hat that stays open keeps
  /// the yellow lane, so that the groove does not change hands.
  private func openHats(_ onsets: [GridOnset], grid: BarGrid) -> Set<Int> {
    var rideBars: Set<Int> = []
    for onset in onsets where onset.onset.drum == .ride {
      rideBars.insert(grid.bar(at: onset.tick))
    }
    let hats = onsets.indices.filter { onsets[$0].onset.drum == .hihat }
      .sorted { onsets[$0].tick < onsets[$1].tick }
    var result: Set<Int> = []
    var run: [Int] = []
    func close(_ next: Int?) {
      defer { run = [] }
      guard let first = run.first, run.count <= 2 else { return }
      let tick = onsets[hats[first]].tick
      let beat = Tick(grid.map.resolution)
      let before = first > 0 && tick - onsets[hats[first - 1]].tick <= beat
      let after = next.map { onsets[hats[$0]].tick - tick <= beat + beat } ?? false
      guard before || after, !rideBars.contains(grid.bar(at: tick)) else { return }
      result.formUnion(run.map { hats[$0] })
    }
    for i in hats.indices {
      if onsets[hats[i]].onset.isOpen { run.append(i) } else { close(i) }
    }
    close(nil)
    return result
  }

  /// A flam on the snare is red and yellow tom, as charters write it. It takes both hands: beside
  /// another hand's stroke it is a plain one.
  private func withFlams(_ hits: [Hit], at flams: Set<Tick>) -> [Hit] {
    hits.groups.flatMap { group -> [Hit] in
      let hands = hits[group].filter(\.isHand)
      guard flams.contains(hits[group.lowerBound].tick), hands.count == 1,
        var second = hands.first, second.drum == .snare
      else { return Array(hits[group]) }
      second.pad = .yellow
      return hits[group] + [second]
    }
  }

  /// One gem per colour and tick: a tom and a cymbal of one colour cannot stand together, so a
  /// cymbal moves to a free lane and what finds none goes.
  private func resolveCollisions(_ hits: [Hit]) -> [Hit] {
    var result: [Hit] = []
    for group in hits.groups {
      var taken: [DrumPad: Hit] = [:]
      // Drums first: they cannot move, cymbals can.
      for hit in hits[group].sorted(by: { !$0.isCymbal && $1.isCymbal }) {
        var hit = hit
        if let other = taken[hit.pad] {
          guard hit.isCymbal, other.drum != hit.drum,
            let free = [DrumPad.blue, .green, .yellow].first(where: { taken[$0] == nil })
          else { continue }
          hit.pad = free
        }
        taken[hit.pad] = hit
      }
      result += taken.values.sorted(by: Hit.isBefore)
    }
    return result
  }
}
