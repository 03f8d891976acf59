/// Checks one tier by itself.
struct TrackCheck {
  let track: DrumTrack
  let tier: Difficulty
  let map: TempoMap
  private let groups: [(tick: Tick, notes: ArraySlice<DrumNote>)]

  init(_ track: DrumTrack, tier: Difficulty, map: TempoMap) {
    self.track = track
    self.tier = tier
    self.map = map
    var groups: [(tick: Tick, notes: ArraySlice<DrumNote>)] = []
    var start = 0
    for i in track.notes.indices
    where i + 1 == track.notes.count || track.notes[i + 1].tick != track.notes[i].tick {
      groups.append((track.notes[i].tick, track.notes[start...i]))
      start = i + 1
    }
    self.groups = groups
  }

  /// At most one issue of each kind: the first place is named, the others counted.
  var issues: [ChartIssue] {
    guard let first = groups.first else { return [] }
    var issues = [silence(first.tick), grid, order, lanes].compactMap { $0 }
    issues += [
      places(.invalidChord, "three hands") { $0.notes.count { $0.pad != .kick } > 2 },
      places(.doubledKick, "both feet on one tick") { $0.notes.count { $0.pad == .kick } > 1 },
      places(.cymbalOnSnare, "a cymbal on the kick or the red pad") {
        $0.notes.contains { $0.isCymbal && $0.pad <= .red }
      },
      forbidden, broken,
    ].compactMap { $0 }
    issues += emptyPhrases(track.starPower, .emptyStarPower, "star power", isEndIncluded: false)
    issues += emptyPhrases(track.solos, .emptySoloSection, "solo", isEndIncluded: true)
    issues += emptyPhrases(
      track.singleRolls + track.doubleRolls, .emptyFlexLane, "roll", isEndIncluded: false)
    let ticks = Set(groups.map(\.tick))
    if let fill = track.fills.first(where: { !ticks.contains($0.start + $0.length) }) {
      issues.append(
        issue(.fillWithoutEnd, "no note stands at the end of the fill at \(time(fill.start))"))
    }
    return issues
  }

  private func silence(_ first: Tick) -> ChartIssue? {
    let seconds = map.seconds(at: first)
    let text = "the first note stands at \(Figures.decimal(seconds, 2)) s"
    if seconds < ChartCheck.leastSilence { return issue(.smallLeadingSilence, text) }
    // A hundredth of a millisecond for the rounding of tempos.
    return seconds < ChartCheck.leadIn - 1e-5 ? issue(.shortLeadIn, text) : nil
  }

  private var grid: ChartIssue? {
    let lines = map.barLines(through: groups[groups.count - 1].tick)
    var bar = 0
    var off = 0
    for (tick, notes) in groups {
      while bar + 1 < lines.count, lines[bar + 1] <= tick { bar += 1 }
      let offset = (tick - lines[bar]).value
      // Thirty-seconds and twenty-fourths hold all coarser steps.
      if offset * 8 % map.resolution != 0, offset * 6 % map.resolution != 0 { off += notes.count }
    }
    guard off * 100 > track.notes.count else { return nil }
    return issue(.offGrid, "\(off) of \(track.notes.count) notes stand off the grid")
  }

  private var order: ChartIssue? {
    for (a, b) in zip(track.notes, track.notes.dropFirst())
    where (b.tick.value, b.pad.rawValue) < (a.tick.value, a.pad.rawValue) {
      return issue(.noteOrder, "the note at \(time(b.tick)) stands before an earlier one")
    }
    return nil
  }

  /// Two thirds of the hand notes in one lane, or no tom or no cymbal in a long chart, is a bug.
  private var lanes: ChartIssue? {
    guard tier == .expert, track.notes.count >= 200 else { return nil }
    var counts: [ChartFacts.Lane: Int] = [:]
    for note in track.notes where note.pad != .kick {
      counts[ChartFacts.Lane(note), default: 0] += 1
    }
    let hands = counts.values.reduce(0, +)
    guard
      let busiest = counts.max(by: { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }),
      busiest.value * 3 > hands * 2
    else { return nil }
    return issue(.oneLane, "two thirds of the hands' notes are in one lane (\(busiest.key.name))")
  }

  private var forbidden: ChartIssue? {
    switch tier {
    case .expert: nil
    case .hard, .medium:
      places(.difficultyForbiddenNote, "a second kick") { $0.notes.contains { $0.isSecondKick } }
    case .easy:
      places(.difficultyForbiddenNote, "a kick with a hand, or a second kick") { group in
        group.notes.contains { $0.isSecondKick }
          || (group.notes.count > 1 && group.notes.contains { $0.pad == .kick })
      }
    }
  }

  private var broken: ChartIssue? {
    let close = zip(groups, groups.dropFirst()).first {
      map.seconds(at: $1.tick) - map.seconds(at: $0.tick) <= ChartCheck.brokenGap
    }
    return close.map {
      issue(.brokenNote, "the notes at \(time($0.0.tick)) and \(time($0.1.tick)) are too close")
    }
  }

  private func emptyPhrases(
    _ phrases: [Phrase], _ kind: ChartIssue.Kind, _ name: String, isEndIncluded: Bool
  ) -> [ChartIssue] {
    phrases.filter { phrase in
      let end = phrase.start + phrase.length + Tick(isEndIncluded ? 1 : 0)
      return !groups.contains { $0.tick >= phrase.start && $0.tick < end }
    }.prefix(1).map { issue(kind, "the \(name) at \(time($0.start)) has no notes") }
  }

  private func places(
    _ kind: ChartIssue.Kind, _ what: String,
    where isWrong: ((tick: Tick, notes: ArraySlice<DrumNote>)) -> Bool
  ) -> ChartIssue? {
    let wrong = groups.filter(isWrong)
    guard let first = wrong.first else { return nil }
    let more = wrong.count > 1 ? " and at \(wrong.count - 1) more places" : ""
    return issue(kind, "\(what) at \(time(first.tick))\(more)")
  }

  private func issue(_ kind: ChartIssue.Kind, _ detail: String) -> ChartIssue {
    ChartIssue(kind, tier, detail)
  }

  private func time(_ tick: Tick) -> String {
    Figures.clock(map.seconds(at: tick), hundredths: true)
  }
}
