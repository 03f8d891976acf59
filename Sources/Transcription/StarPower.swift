internal import ChartFormat

/// Star power phrases: about three a minute, a bar long, on bar lines, evenly spread, clear of the
/// fills.
struct StarPower {
  /// Phrases a minute of human charts.
  static let perMinute = 3.2
  /// Seconds from the first note to the first phrase, and from the end of the last phrase to the
  /// last note: earliest and usual (human charts: medians 9 and 28, the least 16 before the end).
  static let firstDelay = (least: 3.5, usual: 9.0)
  static let tail = (least: 16.5, usual: 24.0)
  /// Seconds from start to start.
  static let shortestGap = 6.0
  /// Notes that a phrase must have in Expert.
  static let fewestNotes = 4

  let grid: BarGrid
  let sections: [Section]
  let fills: [Phrase]

  func phrases(_ notes: [DrumNote]) -> [Phrase] {
    guard let first = notes.first, let last = notes.last else { return [] }
    let (start, end) = (grid.seconds(first.tick), grid.seconds(last.tick))
    let counts = barCounts(notes)
    let bars = (0..<grid.barCount).filter { bar in
      let phrase = phrase(at: bar)
      let begin = grid.seconds(phrase.start)
      return begin - start >= Self.firstDelay.least
        && end - grid.seconds(phrase.start + phrase.length) >= Self.tail.least
        && noteCount(in: phrase, notes) >= Self.fewestNotes && !touchesFill(phrase)
    }
    let wanted = max(2, Int(((end - start) / 60 * Self.perMinute).rounded()))
    let room = end - start - Self.firstDelay.usual - Self.tail.usual
    let usual = max(Self.shortestGap + 2, room / Double(wanted - 1))
    let marks = sections.map { grid.bar(at: $0.tick) }
    let busiest = counts.sorted().last ?? 0
    let row = PhraseRow(
      bars,
      value: { bar in
        var value = 2.0
        let mark = marks.last { $0 <= bar } ?? 0
        if mark == bar { value += 1.2 } else if (bar - mark) % 4 == 0 { value += 0.7 }
        // Not the hardest bars of the song, and no bar that is nearly empty.
        if counts[bar] * 5 >= busiest * 4, busiest > 8 { value -= 1 }
        if counts[bar] < 6 { value -= 0.5 }
        let phraseEnd = phrase(at: bar).start + phrase(at: bar).length
        // A fill straight after a phrase is not shown to the player.
        let next = fills.first { $0.start >= phraseEnd }
        if let next, grid.seconds(next.start) - grid.seconds(phraseEnd) < 2 { value -= 0.5 }
        return value
      },
      gap: { a, b in
        let seconds = grid.seconds(grid.start(ofBar: b)) - grid.seconds(grid.start(ofBar: a))
        let between = phrase(at: a).start + phrase(at: a).length
        guard seconds >= Self.shortestGap,
          hasNote(notes, from: between, to: grid.start(ofBar: b))
        else { return nil }
        let off = (seconds - usual) / (usual * 0.35)
        return -min(off * off, 2 + seconds / usual)
      },
      first: { bar in
        let off = (grid.seconds(grid.start(ofBar: bar)) - start - Self.firstDelay.usual) / 5
        return -min(off * off * 0.4, 2 + abs(off))
      },
      last: { bar in
        let off = (end - grid.seconds(grid.start(ofBar: bar)) - Self.tail.usual - 2) / 8
        return -min(off * off * 0.4, 2 + abs(off))
      })
    return row.best(about: wanted).map(phrase)
  }

  /// One bar; of slow bars the first half, of fast ones two.
  private func phrase(at bar: Int) -> Phrase {
    let start = grid.start(ofBar: bar)
    let length = grid.length(ofBar: bar)
    let seconds = grid.seconds(grid.start(ofBar: bar + 1)) - grid.seconds(start)
    if seconds > 3 {
      let beat = grid.beat(at: start)
      return Phrase(start: start, length: Tick(max(beat, length / beat / 2 * beat)))
    }
    if seconds < 1.1, bar + 1 < grid.barCount {
      return Phrase(start: start, length: Tick(length + grid.length(ofBar: bar + 1)))
    }
    return Phrase(start: start, length: Tick(length))
  }

  private func touchesFill(_ phrase: Phrase) -> Bool {
    fills.contains {
      $0.start < phrase.start + phrase.length && phrase.start < $0.start + $0.length
    }
  }

  private func barCounts(_ notes: [DrumNote]) -> [Int] {
    var counts = [Int](repeating: 0, count: grid.barCount)
    for note in notes { counts[grid.bar(at: note.tick)] += 1 }
    return counts
  }

  private func noteCount(in phrase: Phrase, _ notes: [DrumNote]) -> Int {
    index(notes, phrase.start + phrase.length) - index(notes, phrase.start)
  }

  private func hasNote(_ notes: [DrumNote], from start: Tick, to end: Tick) -> Bool {
    index(notes, end) > index(notes, start)
  }

  /// The first note at or after a tick.
  private func index(_ notes: [DrumNote], _ tick: Tick) -> Int {
    var low = 0
    var high = notes.count
    while low < high {
      let middle = (low + high) / 2
      if notes[middle].tick < tick { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
