/// A chart drawn as text, the way the highway shows it: one row per step of the grid, time going
/// down, four lanes for each tier; the kick is a line across the lanes. At most 80 columns wide.
///
/// ```
///  bar  time         Expert      Hard
///   5   0:08.00 ★ │━▲━━━━━━━│ │━▲━━━━━━━│
///                 │ ▲       │ │         │
/// ```
package struct HighwayDrawing: Sendable {
  package var chart: Chart
  /// Tiers from left to right.
  package var tiers: [Difficulty]
  /// Whether lanes are coloured with ANSI escape sequences.
  package var isColoured: Bool

  /// - Parameter tiers: Those that the chart has are drawn; `nil` for all, hardest first.
  package init(_ chart: Chart, tiers: [Difficulty]? = nil, isColoured: Bool = false) {
    self.chart = chart
    self.tiers = (tiers ?? Difficulty.allCases.reversed()).filter { chart.tracks[$0] != nil }
    self.isColoured = isColoured
  }

  /// Draws bars, counted from 1 as players count them. Bars beyond the end are left out.
  /// - Parameter bars: `nil` for all from the first section or note on to the last note.
  package func draw(bars: ClosedRange<Int>? = nil) -> String {
    let range = bars ?? barsWithNotes
    let lines = chart.tempoMap.barLines(through: lastTick + Tick(1))
    var text = header()
    for bar in range where bar >= 1 && bar < lines.count {
      text += draw(bar: bar, from: lines[bar - 1], to: lines[bar])
    }
    return text + legend()
  }

  /// The first `count` bars with notes in them, as a sample of the chart.
  package func drawOpening(bars count: Int) -> String {
    let range = barsWithNotes
    return draw(bars: range.lowerBound...min(range.upperBound, range.lowerBound + count - 1))
  }

  private var lastTick: Tick {
    let last = chart.tracks.values.compactMap { $0.notes.last?.tick }.max() ?? .zero
    return max(last, chart.sections.last?.tick ?? .zero)
  }

  private var barsWithNotes: ClosedRange<Int> {
    let first = chart.tracks.values.compactMap { $0.notes.first?.tick }.min() ?? .zero
    let lines = chart.tempoMap.barLines(through: lastTick + Tick(1))
    let firstBar = lines.lastIndex { $0 <= first } ?? 0
    return firstBar + 1...max(firstBar + 1, lines.count - 1)
  }

  // MARK: - One bar

  private func draw(bar: Int, from start: Tick, to end: Tick) -> String {
    let notes = tiers.map { tier in
      chart.tracks[tier]!.notes.filter { $0.tick >= start && $0.tick < end }
    }
    let step = gridStep(notes.joined().map { $0.tick - start }, length: end - start)
    let beat = max(1, chart.tempoMap.resolution * 4 / chart.tempoMap.signature(at: start).unit)
    var text = ""
    for section in chart.sections where section.tick >= start && section.tick < end {
      text += sectionLine(section.name)
    }
    for row in stride(from: start.value, to: end.value, by: step) {
      let isBarLine = row == start.value
      let isBeat = (row - start.value) % beat == 0
      var line = isBarLine ? label(bar: bar, at: start) : margin(at: Tick(row), step: step)
      line += markers(at: Tick(row))
      for tierNotes in notes {
        let here = tierNotes.filter { $0.tick.value >= row && $0.tick.value < row + step }
        line += " " + lanes(here, row: row, isBarLine: isBarLine, isBeat: isBeat)
      }
      text += line + "\n"
    }
    return text
  }

  /// The coarsest step that has a row for every note, at least sixteenths of a 4/4 bar.
  private func gridStep(_ offsets: [Tick], length: Tick) -> Int {
    let whole = chart.tempoMap.resolution * 4
    for division in [8, 16, 12, 24, 32, 48, 64] where whole % division == 0 {
      let step = whole / division
      if length.value % step == 0, offsets.allSatisfy({ $0.value % step == 0 }) { return step }
    }
    return max(1, whole / 32)
  }

  private func label(bar: Int, at tick: Tick) -> String {
    let time = Figures.clock(chart.tempoMap.seconds(at: tick), hundredths: true)
    return pad(String(bar), to: 4) + pad(time, to: 9)
  }

  /// Tempo changes stand where a bar line's label would.
  private func margin(at tick: Tick, step: Int) -> String {
    let change = chart.tempoMap.tempos.first { $0.tick >= tick && $0.tick < tick + Tick(step) }
    let text = change.map { "♩=" + Figures.decimal($0.tempo.beatsPerMinute, 1) } ?? ""
    return pad(text, to: 13)
  }

  private func markers(at tick: Tick) -> String {
    guard let track = tiers.first.flatMap({ chart.tracks[$0] }) else { return "   " }
    let isPower = track.starPower.contains { $0.start <= tick && tick < $0.start + $0.length }
    let isFill = track.fills.contains { $0.start <= tick && tick <= $0.start + $0.length }
    let power = isPower ? paint("★", .yellow) : " "
    return " " + power + (isFill ? paint("»", .green) : " ")
  }

  // MARK: - Lanes

  private func lanes(_ notes: [DrumNote], row: Int, isBarLine: Bool, isBeat: Bool) -> String {
    let kick = notes.first { $0.pad == .kick }
    // Two thin dashes for the second foot, so that both feet can be told apart without colour.
    let rail: Character = kick == nil ? " " : kick!.isSecondKick ? "╍" : "━"
    let wall: Character = isBarLine ? "┼" : isBeat ? "├" : "│"
    let rightWall: Character = isBarLine ? "┼" : isBeat ? "┤" : "│"
    func fill(_ text: String) -> String { kick == nil ? text : paint(text, .orange) }
    var line = String(wall)
    for pad in [DrumPad.red, .yellow, .blue, .green] {
      line += fill(String(rail))
      if let note = notes.first(where: { $0.pad == pad }) {
        line += paint(String(gem(note, isLate: note.tick.value != row)), Paint(pad))
      } else {
        line += kick != nil ? fill(String(rail)) : isBarLine ? "─" : isBeat ? "·" : " "
      }
    }
    return line + fill(String(rail)) + String(rightWall)
  }

  private func gem(_ note: DrumNote, isLate: Bool) -> Character {
    switch (note.isCymbal, note.dynamic) {
    case _ where isLate: "≈"
    case (true, .normal): "▲"
    case (true, .ghost): "△"
    case (true, .accent): "◮"
    case (false, .normal): "●"
    case (false, .ghost): "○"
    case (false, .accent): "◉"
    }
  }

  // MARK: - Around the lanes

  private func header() -> String {
    let names = tiers.map { tier in pad(tier.name, to: 12, right: true) }
    return pad(" bar   time    sp", to: 18, right: true) + names.joined().trimmedRight + "\n"
  }

  private func legend() -> String {
    "\n● drum  ▲ cymbal  ━ kick  ╍ second foot  ○△ ghost  ◉◮ accent  ★ power  » fill\n"
  }

  private func sectionLine(_ name: String) -> String {
    let title = "── \(name) "
    let width = 16 + 12 * tiers.count
    return title + String(repeating: "─", count: max(0, width - title.count)) + "\n"
  }

  private func pad(_ text: String, to width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? text + space : space + text
  }

  // MARK: - Colours

  private enum Paint: Int {
    case red = 31
    case green = 32
    case yellow = 33
    case blue = 94
    case orange = 208

    init(_ pad: DrumPad) {
      switch pad {
      case .kick: self = .orange
      case .red: self = .red
      case .yellow: self = .yellow
      case .blue: self = .blue
      case .green: self = .green
      }
    }

    var code: String { self == .orange ? "38;5;208" : String(rawValue) }
  }

  private func paint(_ text: String, _ colour: Paint) -> String {
    isColoured ? "\u{1B}[\(colour.code)m\(text)\u{1B}[0m" : text
  }
}

extension String {
  fileprivate var trimmedRight: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
