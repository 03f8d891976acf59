/// A whole song on one page, as SVG: every tier bar by bar, sections, the tempo's course, star
/// power and fills.
package struct SongPicture: Sendable {
  private let chart: Chart
  private let tiers: [Difficulty]
  private let lines: [Tick]
  /// Points a tick: sixteen bars of 4/4 fill a row.
  private let scale: Double

  private static let width = 1_200.0
  private static let margin = 56.0
  private static let laneHeight = 6.5
  private static let tierGap = 9.0
  private static let headHeight = 34.0
  private static let titleHeight = 64.0
  private static let barsInRow = 16.0

  /// Lanes of a tier from top to bottom.
  private static let lanes: [(pad: DrumPad, colour: String)] = [
    (.green, "#37c871"), (.blue, "#4a90ff"), (.yellow, "#f5d442"), (.red, "#ef4b4b"),
    (.kick, "#f2913d"),
  ]

  package init(_ chart: Chart) {
    self.chart = chart
    tiers = Difficulty.allCases.reversed().filter { chart.tracks[$0] != nil }
    let last = chart.tracks.values.compactMap { $0.notes.last?.tick }.max() ?? .zero
    lines = chart.tempoMap.barLines(through: last + Tick(1))
    scale =
      (Self.width - 2 * Self.margin)
      / (Self.barsInRow * 4 * Double(chart.tempoMap.resolution))
  }

  /// The picture's text.
  package func svg() -> String {
    let rows = rows()
    let height = Self.titleHeight + Double(rows.count) * rowHeight + 30
    var body = [
      "<rect width=\"100%\" height=\"100%\" fill=\"#14161c\"/>",
      text(
        Self.margin, 30, "\(chart.metadata.artist) – \(chart.metadata.title)", size: 20,
        colour: "#f4f4f6"),
      text(Self.margin, 50, subtitle, size: 12, colour: "#9aa0ae"),
    ]
    for (i, row) in rows.enumerated() {
      body += draw(row, top: Self.titleHeight + Double(i) * rowHeight)
    }
    body.append(
      text(
        Self.margin, height - 12,
        "dot: drum · triangle: cymbal · ring: ghost · pale kick: second foot · gold: star power · "
          + "green: fill · line: tempo", size: 11, colour: "#9aa0ae"))
    let size = "width=\"\(number(Self.width))\" height=\"\(number(height))\""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \(size) \
      viewBox="0 0 \(number(Self.width)) \(number(height))" font-family="sans-serif">
      \(body.joined(separator: "\n"))
      </svg>

      """
  }

  private var subtitle: String {
    let facts = ChartFacts(chart)
    let counts = tiers.map { "\($0.name) \(facts.tiers[$0]?.notes ?? 0)" }
    return counts.joined(separator: " · ") + " notes · " + tempoText(facts) + " BPM · star power "
      + "\(facts.starPower) · fills \(facts.fills)"
  }

  private func tempoText(_ facts: ChartFacts) -> String {
    facts.slowest == facts.fastest
      ? Figures.decimal(facts.typicalTempo, 2)
      : "\(Figures.decimal(facts.slowest, 1)) to \(Figures.decimal(facts.fastest, 1))"
  }

  // MARK: - Rows

  private var tierHeight: Double { Self.laneHeight * Double(Self.lanes.count) }
  private var rowHeight: Double {
    Self.headHeight + Double(tiers.count) * (tierHeight + Self.tierGap) + 14
  }

  /// Bars, as many as fit, by their first and last line.
  private func rows() -> [ClosedRange<Int>] {
    let room = Self.barsInRow * 4 * Double(chart.tempoMap.resolution)
    var rows: [ClosedRange<Int>] = []
    var start = 0
    for line in lines.indices.dropFirst() {
      let isLast = line + 1 == lines.count
      let nextLength = isLast ? 0 : (lines[line + 1] - lines[start]).value
      if isLast || Double(nextLength) > room {
        rows.append(start...line)
        start = line
      }
    }
    return rows
  }

  private func draw(_ row: ClosedRange<Int>, top: Double) -> [String] {
    let (start, end) = (lines[row.lowerBound], lines[row.upperBound])
    let x = { (tick: Tick) in Self.margin + Double((tick - start).value) * scale }
    let right = x(end)
    let bottom = top + rowHeight - 14 - Self.tierGap
    var parts = head(row, start, end, top: top, x)
    for (i, tier) in tiers.enumerated() {
      let y = top + Self.headHeight + Double(i) * (tierHeight + Self.tierGap)
      parts.append(
        rectangle(Self.margin, y, right - Self.margin, tierHeight, fill: "#1d2029"))
      parts.append(text(8, y + tierHeight / 2 + 4, tier.name, size: 11, colour: "#9aa0ae"))
      guard let track = chart.tracks[tier] else { continue }
      for (phrases, colour) in [(track.starPower, "#c9a227"), (track.fills, "#2f7d4f")] {
        for phrase in phrases {
          let (from, to) = (max(phrase.start, start), min(phrase.start + phrase.length, end))
          guard from < to else { continue }
          parts.append(
            rectangle(x(from), y, x(to) - x(from), tierHeight, fill: colour, opacity: 0.28))
        }
      }
      parts += gems(track.notes.filter { $0.tick >= start && $0.tick < end }, top: y, x)
    }
    let bars = row.map {
      "M\(number(x(lines[$0]))) \(number(top + Self.headHeight))V\(number(bottom))"
    }
    parts.append("<path d=\"\(bars.joined())\" stroke=\"#4a5060\" stroke-width=\"0.7\"/>")
    return parts
  }

  /// Section names, the row's first bar and time, and the course of the tempo.
  private func head(
    _ row: ClosedRange<Int>, _ start: Tick, _ end: Tick, top: Double, _ x: (Tick) -> Double
  ) -> [String] {
    let map = chart.tempoMap
    var parts = [
      text(
        8, top + Self.headHeight - 4,
        "\(row.lowerBound + 1)  \(Figures.clock(map.seconds(at: start)))", size: 10,
        colour: "#6d7382")
    ]
    for section in chart.sections where section.tick >= start && section.tick < end {
      parts.append(
        text(x(section.tick) + 2, top + 12, section.name, size: 11, colour: "#e8e8ee"))
      parts.append(
        "<path d=\"M\(number(x(section.tick))) \(number(top + 2))v12\" stroke=\"#e8e8ee\"/>")
    }
    let facts = ChartFacts(chart)
    let spread = max(facts.fastest - facts.slowest, 1)
    let y = { (tick: Tick) in
      let share = (map.tempo(at: tick).beatsPerMinute - facts.slowest) / spread
      return top + Self.headHeight - 3 - 13 * min(max(share, 0), 1)
    }
    var path = "M\(number(x(start))) \(number(y(start)))"
    for tempo in map.tempos where tempo.tick > start && tempo.tick < end {
      path += "H\(number(x(tempo.tick)))V\(number(y(tempo.tick)))"
    }
    path += "H\(number(x(end)))"
    parts.append("<path d=\"\(path)\" fill=\"none\" stroke=\"#8f7fe8\"/>")
    return parts
  }

  // MARK: - Gems

  /// One path for each look, so that a song stays some hundred kilobytes.
  private func gems(_ notes: [DrumNote], top: Double, _ x: (Tick) -> Double) -> [String] {
    var parts: [String] = []
    for (lane, (pad, colour)) in Self.lanes.enumerated() {
      let y = top + (Double(lane) + 0.5) * Self.laneHeight
      let here = notes.filter { $0.pad == pad }
      func path(_ chosen: [DrumNote], _ shape: (String, String) -> String) -> String {
        chosen.map { shape(number(x($0.tick)), number(y)) }.joined()
      }
      let ghosts = here.filter { $0.dynamic == .ghost }
      let second = here.filter(\.isSecondKick)
      let cymbals = here.filter { $0.isCymbal && $0.dynamic != .ghost }
      let drums = here.filter { !$0.isCymbal && $0.dynamic != .ghost && !$0.isSecondKick }
      let dot = { (x: String, y: String) in "M\(x) \(y)h0" }
      for (chosen, opacity) in [(drums, "1"), (second, "0.55")] where !chosen.isEmpty {
        parts.append(
          "<path d=\"\(path(chosen, dot))\" stroke=\"\(colour)\" stroke-width=\"5\" "
            + "stroke-linecap=\"round\" opacity=\"\(opacity)\"/>")
      }
      if !cymbals.isEmpty {
        let triangle = path(cymbals) { "M\($0) \($1)m0 -3l3 5.4h-6z" }
        parts.append("<path d=\"\(triangle)\" fill=\"\(colour)\"/>")
      }
      if !ghosts.isEmpty {
        let ring = path(ghosts) { "M\($0) \($1)m-1.8 0a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0" }
        parts.append("<path d=\"\(ring)\" fill=\"none\" stroke=\"\(colour)\"/>")
      }
    }
    return parts
  }

  // MARK: - SVG

  private func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, opacity: Double = 1
  ) -> String {
    "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" "
      + "height=\"\(number(height))\" fill=\"\(fill)\" opacity=\"\(number(opacity))\"/>"
  }

  private func text(
    _ x: Double, _ y: Double, _ text: String, size: Int, colour: String
  ) -> String {
    let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    return "<text x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(size)\" "
      + "fill=\"\(colour)\">\(escaped)</text>"
  }

  private func number(_ value: Double) -> String {
    let text = Figures.decimal(value, 2)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }
}
