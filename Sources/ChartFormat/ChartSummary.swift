/// The facts of a chart as a short table for people, at most 80 columns wide.
package struct ChartSummary: Sendable {
  package var chart: Chart
  package var facts: ChartFacts

  package init(_ chart: Chart) {
    self.chart = chart
    facts = ChartFacts(chart)
  }

  package var text: String {
    ([title] + overview + [""] + table + [""] + sections).map { $0 + "\n" }.joined()
  }

  private var title: String {
    let song = chart.metadata
    let year = song.year.isEmpty ? "" : ", \(song.year)"
    return "\(song.artist) - \(song.title) (\(song.album)\(year))"
  }

  private var overview: [String] {
    let song = chart.metadata
    var lines: [String] = []
    let tempo =
      facts.slowest == facts.fastest
      ? number(facts.typicalTempo, 3)
      : "\(number(facts.slowest, 1)) to \(number(facts.fastest, 1))"
    let metres = chart.tempoMap.metres.map { "\($0.signature.beats)/\($0.signature.unit)" }
    let metre = metres.count > 3 ? "\(metres.count) metres" : metres.joined(separator: ", ")
    lines.append(
      "tempo     \(tempo) BPM in \(metre), \(count(facts.tempoMarkers, "marker")), "
        + count(facts.bars, "bar"))
    if let first = facts.firstNote, let last = facts.lastNote {
      var times = "notes     from \(clock(first)) to \(clock(last))"
      if let end = facts.end { times += ", end event at \(clock(end))" }
      if song.songLength > 0 { times += ", audio \(clock(Double(song.songLength) / 1_000))" }
      lines.append(times)
    }
    let minutes = max(facts.playedTime, 1) / 60
    lines.append(
      "phrases   star power \(facts.starPower) (\(number(Double(facts.starPower) / minutes, 1)) a "
        + "minute), fills \(facts.fills) (\(number(Double(facts.fills) / minutes, 1)) a minute), "
        + "rolls \(facts.rolls)")
    var extras = ["difficulty \(song.difficulty.map(String.init) ?? "unknown")"]
    if let preview = song.previewStart {
      extras.append("preview from \(clock(Double(preview) / 1_000))")
    }
    lines.append("song      " + extras.joined(separator: ", "))
    return lines
  }

  private var table: [String] {
    let names = ["kick", "red", "Yt", "Bt", "Gt", "Yc", "Bc", "Gc"]
    var lines = [
      row("", ["notes", "per s", "peak", "chords"] + names)
    ]
    for tier in Difficulty.allCases.reversed() {
      guard let t = facts.tiers[tier] else { continue }
      let chords = t.groups == 0 ? 0 : Double(t.chords) / Double(t.groups)
      let lanes = ChartFacts.Lane.allCases.map { percent(t.share($0)) }
      lines.append(
        row(
          ChartDrawing.name(tier),
          ["\(t.notes)", number(t.notesPerSecond, 1), "\(t.peakDensity)", percent(chords)] + lanes))
    }
    let second = facts.tiers[.expert]
    if let second, second.secondKicks + second.ghosts + second.accents > 0 {
      lines.append(
        "Expert has \(count(second.secondKicks, "second kick")), "
          + "\(count(second.ghosts, "ghost")), \(count(second.accents, "accent"))")
    }
    return lines
  }

  private func row(_ name: String, _ cells: [String]) -> String {
    let widths = [6, 6, 6, 7] + [Int](repeating: 5, count: 8)
    return left(name, 8) + zip(cells, widths).map { right($0, $1) }.joined()
  }

  private var sections: [String] {
    var lines: [String] = []
    var line = "sections  "
    for section in chart.sections {
      let item = "\(clock(chart.tempoMap.seconds(at: section.tick))) \(section.name)"
      if line.count + item.count > 78, line.count > 10 {
        lines.append(line)
        line = String(repeating: " ", count: 10)
      }
      line += item + "  "
    }
    return lines + [line]
  }

  private func count(_ n: Int, _ noun: String) -> String { "\(n) \(noun)\(n == 1 ? "" : "s")" }
  private func percent(_ share: Double) -> String { number(share * 100, 0) + "%" }
  private func number(_ value: Double, _ places: Int) -> String {
    ChartDrawing.decimal(value, places)
  }
  private func clock(_ seconds: Double) -> String { ChartDrawing.clock(seconds) }
  private func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
