import ChartFormat

/// A chart as text: lanes from top to bottom, time from left to right, bars side by side.
struct ChartDrawing {
  var chart: Chart
  var tier: Difficulty
  /// Columns of the paper.
  var width = 100

  /// The lanes in the order in which a kit is looked at: cymbals, drums, kick.
  private static let order: [ChartFacts.Lane] = [
    .greenCymbal, .blueCymbal, .yellowCymbal, .yellowTom, .blueTom, .greenTom, .red, .kick,
  ]

  private static let margin = 14

  static let legend =
    "o drum   x cymbal   O X accent   . ghost   2 second kick   = star power   / fill"

  func text(of bars: [Bar]) -> String {
    var systems: [String] = []
    var rest = bars[...]
    while !rest.isEmpty {
      let row = firstRow(of: rest)
      systems.append(system(of: row, isFirst: systems.isEmpty))
      rest = rest.dropFirst(row.count)
    }
    return systems.joined(separator: "\n")
  }

  private func columns(_ bar: Bar) -> Int {
    let width = bar.columnWidth(resolution: chart.tempoMap.resolution)
    return (bar.length + width - 1) / width
  }

  /// As many bars as fit beside each other, but at least one.
  private func firstRow(of bars: ArraySlice<Bar>) -> ArraySlice<Bar> {
    var used = Self.margin + 1
    let fitting = bars.prefix { bar in
      used += columns(bar) + 1
      return used <= width
    }
    return fitting.isEmpty ? bars.prefix(1) : fitting
  }

  private func system(of bars: ArraySlice<Bar>, isFirst: Bool) -> String {
    let headings = bars.map { bar in
      let words = bar.heading(in: chart, isFirst: isFirst && bar.number == bars.first?.number)
      return " " + padded(words.joined(separator: " "), to: columns(bar))
    }
    var lines = [label("") + headings.joined()]
    let track = chart.tracks[tier] ?? DrumTrack()
    for (name, mark, phrases) in [
      ("star power", Character("="), track.starPower), ("fill", "/", track.fills),
    ] {
      let cells = bars.map { covered(by: phrases, in: $0, mark: mark) }
      if cells.contains(where: { $0.contains(mark) }) {
        lines.append(label(name) + cells.map { " " + $0 }.joined())
      }
    }
    for lane in Self.order {
      lines.append(label(lane.name) + bars.map { "|" + cells(of: lane, in: $0) }.joined() + "|")
    }
    return lines.map { trimmed($0) + "\n" }.joined()
  }

  private func cells(of lane: ChartFacts.Lane, in bar: Bar) -> String {
    let width = bar.columnWidth(resolution: chart.tempoMap.resolution)
    let beat = chart.tempoMap.resolution * 4 / bar.signature.unit
    var row = (0..<columns(bar)).map { ($0 * width) % beat == 0 ? Character("'") : " " }
    for note in bar.notes where ChartFacts.Lane(note) == lane {
      row[min(row.count - 1, (note.tick - bar.start).value / width)] = Self.symbol(note)
    }
    return String(row)
  }

  private func covered(by phrases: [Phrase], in bar: Bar, mark: Character) -> String {
    let width = bar.columnWidth(resolution: chart.tempoMap.resolution)
    return String(
      (0..<columns(bar)).map { column in
        let tick = bar.start + Tick(column * width)
        return phrases.contains { $0.start <= tick && tick < $0.start + $0.length } ? mark : " "
      })
  }

  private static func symbol(_ note: DrumNote) -> Character {
    if note.isSecondKick { return "2" }
    switch note.dynamic {
    case .ghost: return "."
    case .accent: return note.isCymbal ? "X" : "O"
    case .normal: return note.isCymbal ? "x" : "o"
    }
  }

  private func label(_ name: String) -> String { padded(name, to: Self.margin) }

  private func padded(_ text: String, to count: Int) -> String {
    let cut = text.prefix(count)
    return cut + String(repeating: " ", count: count - cut.count)
  }

  private func trimmed(_ line: String) -> Substring {
    line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)]
  }

  /// A number with a fixed count of decimals, a point whatever the locale.
  static func decimal(_ value: Double, _ places: Int) -> String {
    let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    return "\(sign)\(scaled / scale)."
      + String(repeating: "0", count: places - fraction.count) + fraction
  }
}
