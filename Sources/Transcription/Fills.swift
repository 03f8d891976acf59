internal import ChartFormat

/// Activation fills: where a player with enough star power may switch it on.
///
/// Human charts have 7 a minute, one bar long, ending on a bar line with a crash, most often four
/// bars apart and before a new part. The best row of bar lines is found by dynamic programming.
struct Fills {
  /// Seconds between the ends of fills: shortest, usual (human charts: 4.8, 7.1, 13.7 at the 5th,
  /// 50th and 95th percentile), longest before the row counts as broken.
  static let shortestGap = 4.8
  static let usualGap = 7.6
  /// Human charts have 4.5 to 10 a minute of song.
  static let perMinute = 6.5
  /// Seconds after the first note.
  static let firstDelay = 6.0

  let grid: BarGrid
  let sections: [Section]

  /// The fills of a track of Expert notes.
  func fills(_ notes: [DrumNote]) -> [Phrase] {
    guard let first = notes.first, let last = notes.last else { return [] }
    let byTick = Dictionary(grouping: notes, by: \.tick)
    let firstTime = grid.seconds(first.tick)
    let lastBar = grid.bar(at: last.tick)
    let ends = (1..<max(1, lastBar)).filter { line in
      // The second foot is no note of the lower tiers.
      byTick[grid.start(ofBar: line)]?.contains { !$0.isSecondKick } ?? false
        && grid.seconds(grid.start(ofBar: line)) - firstTime >= Self.firstDelay
    }
    let starts = Set(sections.map(\.tick))
    let marks = sections.map { grid.bar(at: $0.tick) }
    let row = PhraseRow(
      ends,
      value: { line in
        value(of: line, byTick, starts, marks)
      },
      gap: { a, b in
        let seconds = grid.seconds(grid.start(ofBar: b)) - grid.seconds(grid.start(ofBar: a))
        guard seconds >= Self.shortestGap else { return nil }
        let off = (seconds - Self.usualGap) / 3
        return -min(off * off * 0.5, 1 + seconds / 8)
      },
      // A bar early or late at the ends of the row does not matter, a missing fill does.
      first: { line in
        -max(0, grid.seconds(grid.start(ofBar: line)) - firstTime - 13) / 8
      },
      last: { line in
        -max(0, grid.seconds(last.tick) - grid.seconds(grid.start(ofBar: line)) - 10) / 8
      })
    let played = grid.seconds(last.tick) - firstTime
    return row.best(about: max(1, Int((played / 60 * Self.perMinute).rounded()))).map { line in
      let length = length(endingAt: line)
      return Phrase(start: grid.start(ofBar: line) - length, length: length)
    }
  }

  /// How well a fill would end on a bar line.
  private func value(
    of line: Int, _ byTick: [Tick: [DrumNote]], _ starts: Set<Tick>, _ marks: [Int]
  ) -> Double {
    let tick = grid.start(ofBar: line)
    let end = byTick[tick] ?? []
    var value = 1.5
    if starts.contains(tick) { value += 2 }
    let mark = marks.last { $0 <= line } ?? 0
    if (line - mark) % 4 == 0 { value += 1 } else if (line - mark) % 2 == 0 { value += 0.4 }
    let hasKick = end.contains { $0.pad == .kick }
    if end.contains(where: { $0.isCymbal && $0.pad == .green }) {
      value += hasKick ? 1.2 : 0.8
    } else if hasKick {
      value += 0.3
    }
    // A fill that the drummer played is the natural place.
    let bar = grid.start(ofBar: line - 1)
    let toms = byTick.lazy.filter { $0.key >= bar && $0.key < tick }
      .count { $0.value.contains { $0.pad > .red && !$0.isCymbal } }
    if toms >= 3 { value += 0.8 }
    return value
  }

  /// A bar; of slow bars the second half, of very fast ones two.
  private func length(endingAt line: Int) -> Tick {
    let start = grid.start(ofBar: line - 1)
    let bar = grid.length(ofBar: line - 1)
    let seconds = grid.seconds(grid.start(ofBar: line)) - grid.seconds(start)
    if seconds > 3 {
      let beat = grid.beat(at: start)
      return Tick(max(beat, bar / beat / 2 * beat))
    }
    if seconds < 0.9, line > 1 { return Tick(bar + grid.length(ofBar: line - 2)) }
    return Tick(bar)
  }
}
