import ChartFormat

/// What there is to say about a chart folder, a line each.
struct FactSheet {
  var folder: ChartFolder

  func text() -> String {
    let chart = folder.chart
    let song = chart.metadata
    let facts = ChartFacts(chart)
    var lines: [(String, String)] = [
      ("song", "\(song.artist) – \(song.title)"),
      (
        "album", [song.album, song.year, song.genre].filter { !$0.isEmpty }.joined(separator: ", ")
      ),
      ("charter", song.charter),
      ("length", Figures.clock(Double(song.songLength) / 1_000)),
      ("files", folder.files.filter { !$0.hasPrefix(".") }.joined(separator: ", ")),
      ("tempo", tempo(facts)),
      ("notes", notes(facts)),
    ]
    for tier in Difficulty.allCases.reversed() {
      if let counts = facts.tiers[tier] { lines.append((tier.name, sentence(counts))) }
    }
    lines.append(
      (
        "phrases",
        "\(facts.starPower) star power, \(facts.fills) fills, \(facts.rolls) rolls, "
          + "\(facts.solos) solos"
      ))
    lines.append(("sections", chart.sections.map(\.name).joined(separator: ", ")))
    lines.append(("issues", folder.issues().map { "\($0)" }.joined(separator: "; ")))
    return lines.map { name, value in
      name + String(repeating: " ", count: max(1, 10 - name.count))
        + (value.isEmpty ? "none" : value) + "\n"
    }.joined()
  }

  private func tempo(_ facts: ChartFacts) -> String {
    let markers = facts.tempoMarkers == 1 ? "1 marker" : "\(facts.tempoMarkers) markers"
    let typical = Figures.decimal(facts.typicalTempo, 2)
    guard facts.slowest < facts.fastest else { return "\(typical) BPM, \(markers)" }
    return "\(typical) BPM (\(Figures.decimal(facts.slowest, 1)) to "
      + "\(Figures.decimal(facts.fastest, 1))), \(markers)"
  }

  private func notes(_ facts: ChartFacts) -> String {
    guard let first = facts.firstNote, let last = facts.lastNote else { return "none" }
    return "from \(Figures.clock(first)) to \(Figures.clock(last)) in \(facts.bars) bars"
  }

  private func sentence(_ tier: ChartFacts.Tier) -> String {
    let lanes = ChartFacts.Lane.allCases.filter { tier.lanes[$0.rawValue] > 0 }
      .map { "\($0.name) \(tier.lanes[$0.rawValue])" }
    return "\(tier.notes) notes, \(Figures.decimal(tier.notesPerSecond, 1)) per second: "
      + lanes.joined(separator: ", ")
  }
}
