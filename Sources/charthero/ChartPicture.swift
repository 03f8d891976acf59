import ChartFormat

/// A chart as a picture (SVG): the highway laid on its side, four bars a row.
struct ChartPicture {
  var chart: Chart
  var tier: Difficulty

  private let margin = 28.0
  private let barWidth = 236.0
  private let barsInRow = 4
  private let laneHeight = 20.0
  private let titleHeight = 54.0
  private let headingHeight = 26.0
  private let rowGap = 16.0

  /// Lanes from top to bottom with the colours of the pads.
  private static let lanes: [(pad: DrumPad, colour: String)] = [
    (.green, "#2ecc71"), (.blue, "#3b8eea"), (.yellow, "#f4d03f"), (.red, "#e74c3c"),
    (.kick, "#f39c12"),
  ]

  private var rowHeight: Double {
    headingHeight + laneHeight * Double(Self.lanes.count) + rowGap
  }

  func svg(of bars: [Bar]) -> String {
    let rows = (bars.count + barsInRow - 1) / barsInRow
    let width = 2 * margin + barWidth * Double(min(max(bars.count, 1), barsInRow))
    let height = titleHeight + rowHeight * Double(rows) + margin - rowGap
    var body = [
      rectangle(0, 0, width, height, fill: "#14161c"),
      text(
        margin, 24, "\(chart.metadata.artist) – \(chart.metadata.title)", size: 16,
        fill: "#f0f0f4", weight: "bold"),
      text(
        margin, 44, "\(tier) Pro Drums · disc: drum · triangle: cymbal · bar: kick", size: 12,
        fill: "#9aa0ae"),
    ]
    for (index, bar) in bars.enumerated() {
      let x = margin + barWidth * Double(index % barsInRow)
      let y = titleHeight + rowHeight * Double(index / barsInRow)
      body += drawing(of: bar, isFirst: index == 0, x: x, y: y)
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width)) \(number(height))" \
      width="\(number(width))" height="\(number(height))" font-family="sans-serif">

      """ + body.map { "  \($0)\n" }.joined() + "</svg>\n"
  }

  private func drawing(of bar: Bar, isFirst: Bool, x: Double, y: Double) -> [String] {
    let top = y + headingHeight
    let height = laneHeight * Double(Self.lanes.count)
    func place(_ tick: Tick) -> Double {
      x + barWidth * Double((tick - bar.start).value) / Double(bar.length)
    }
    var parts = [rectangle(x, top, barWidth, height, fill: "#1f232d")]
    let track = chart.tracks[tier] ?? DrumTrack()
    for (phrases, colour) in [(track.fills, "#4a4f5c"), (track.starPower, "#1d4d66")] {
      for phrase in phrases {
        let start = max(phrase.start, bar.start)
        let end = min(phrase.start + phrase.length, bar.end)
        guard start < end else { continue }
        parts.append(rectangle(place(start), top, place(end) - place(start), height, fill: colour))
      }
    }
    for lane in 1..<Self.lanes.count {
      let line = top + laneHeight * Double(lane)
      parts.append(self.line(x, line, x + barWidth, line, "#2c313d", 1))
    }
    for beat in 0..<bar.signature.beats {
      let line = x + barWidth * Double(beat) / Double(bar.signature.beats)
      parts.append(
        self.line(line, top, line, top + height, beat == 0 ? "#d0d4de" : "#4b5160", 1))
    }
    parts.append(line(x + barWidth, top, x + barWidth, top + height, "#d0d4de", 1))
    let heading = bar.heading(in: chart, isFirst: isFirst).joined(separator: " · ")
    parts.append(text(x + 3, top - 7, heading, size: 11, fill: "#c3c8d4"))
    for note in bar.notes {
      guard let lane = Self.lanes.firstIndex(where: { $0.pad == note.pad }) else { continue }
      // Half a gem inside the bar line, so that a note on the line is seen in its own bar.
      let centre = place(note.tick) + 6
      parts.append(
        gem(note, centre, top + laneHeight * (Double(lane) + 0.5), Self.lanes[lane].colour))
    }
    return parts
  }

  private func gem(_ note: DrumNote, _ x: Double, _ y: Double, _ colour: String) -> String {
    let size = note.dynamic == .ghost ? 3.5 : note.dynamic == .accent ? 7.0 : 5.5
    let edge = note.dynamic == .accent ? "#ffffff" : "#0c0d11"
    let style = "fill=\"\(colour)\" stroke=\"\(edge)\" stroke-width=\"1\""
    if note.pad == .kick {
      let fill = note.isSecondKick ? "#c46be0" : colour
      return
        "<rect x=\"\(number(x - 3))\" y=\"\(number(y - 8))\" width=\"6\" height=\"16\" rx=\"2\" "
        + "fill=\"\(fill)\"/>"
    }
    if note.isCymbal {
      let points = [(x - size, y + size), (x, y - size), (x + size, y + size)]
        .map { "\(number($0.0)),\(number($0.1))" }
      return "<polygon points=\"\(points.joined(separator: " "))\" \(style)/>"
    }
    return "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(size))\" \(style)/>"
  }

  private func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String
  ) -> String {
    "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" "
      + "height=\"\(number(height))\" fill=\"\(fill)\"/>"
  }

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, _ width: Double
  ) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" "
      + "stroke=\"\(colour)\" stroke-width=\"\(number(width))\"/>"
  }

  private func text(
    _ x: Double, _ y: Double, _ words: String, size: Int, fill: String, weight: String = "normal"
  ) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(size)\" font-weight=\"\(weight)\" "
      + "fill=\"\(fill)\">\(escaped(words))</text>"
  }

  private func number(_ value: Double) -> String {
    let text = ChartDrawing.decimal(value, 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private func escaped(_ words: String) -> String {
    var result = ""
    for character in words {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
    return result
  }
}
