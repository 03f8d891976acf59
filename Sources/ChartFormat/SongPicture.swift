/// A whole song on one page: every tier bar by bar, sections, the tempo's course, star power, fills,
/// and how sure the hits of each bar are where that is known.
package struct SongPicture: Sendable {
  private let chart: Chart
  private let tiers: [Difficulty]
  private let lines: [Tick]
  private let facts: ChartFacts
  /// Mean confidence by bar, 0...1; empty where nobody knows.
  private let confidence: [Double?]
  /// Points a tick: sixteen bars of 4/4 fill a row.
  private let scale: Double

  private static let width = 1_200.0
  private static let margin = 56.0
  private static let laneHeight = 6.5
  private static let tierGap = 9.0
  private static let headHeight = 40.0
  private static let titleHeight = 64.0
  private static let barsInRow = 16.0

  private static let bright = "#f4f4f6"
  private static let pale = "#9aa0ae"

  /// Lanes of a tier from top to bottom.
  private static let lanes: [(pad: DrumPad, colour: String)] = [
    (.green, "#37c871"), (.blue, "#4a90ff"), (.yellow, "#f5d442"), (.red, "#ef4b4b"),
    (.kick, "#f2913d"),
  ]

  /// - Parameter confidence: By bar, as a conversion's report has it.
  package init(_ chart: Chart, confidence: [Double?] = []) {
    self.chart = chart
    self.confidence = confidence
    facts = ChartFacts(chart)
    tiers = Difficulty.allCases.reversed().filter { chart.tracks[$0] != nil }
    let last = chart.tracks.values.compactMap { $0.notes.last?.tick }.max() ?? .zero
    lines = chart.tempoMap.barLines(through: last + Tick(1))
    scale =
      (Self.width - 2 * Self.margin)
      / (Self.barsInRow * 4 * Double(chart.tempoMap.resolution))
  }

  package func picture() -> Picture {
    let rows = rows()
    let height = Self.titleHeight + Double(rows.count) * rowHeight + 30
    var picture = Picture(width: Self.width, height: height, background: "#14161c")
    picture.shapes = [
      text(
        Self.margin, 30, "\(chart.metadata.artist) – \(chart.metadata.title)", 20, Self.bright),
      text(Self.margin, 50, subtitle, 12, Self.pale),
    ]
    for (i, row) in rows.enumerated() {
      picture.shapes += draw(row, top: Self.titleHeight + Double(i) * rowHeight)
    }
    picture.shapes.append(text(Self.margin, height - 12, legend, 11, Self.pale))
    return picture
  }

  private var legend: String {
    "dot: drum · triangle: cymbal · ring: ghost · pale kick: second foot · gold: star power · "
      + "green: fill · line: tempo"
      + (confidence.isEmpty ? "" : " · bar from red to green: confidence")
  }

  private var subtitle: String {
    let counts = tiers.map { "\($0.name) \(facts.tiers[$0]?.notes ?? 0)" }
    return counts.joined(separator: " · ") + " notes · " + tempoText + " BPM · star power "
      + "\(facts.starPower) · fills \(facts.fills)"
  }

  private var tempoText: String {
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

  private func draw(_ row: ClosedRange<Int>, top: Double) -> [Picture.Shape] {
    let (start, end) = (lines[row.lowerBound], lines[row.upperBound])
    let x = { (tick: Tick) in Self.margin + Double((tick - start).value) * scale }
    let right = x(end)
    let bottom = top + rowHeight - 14 - Self.tierGap
    var shapes = head(row, start, end, top: top, x) + sureness(row, top: top, x)
    for (i, tier) in tiers.enumerated() {
      let y = top + Self.headHeight + Double(i) * (tierHeight + Self.tierGap)
      shapes.append(
        rectangle(Self.margin, y, right - Self.margin, tierHeight, "#1d2029"))
      shapes.append(text(8, y + tierHeight / 2 + 4, tier.name, 11, Self.pale))
      guard let track = chart.tracks[tier] else { continue }
      for (phrases, colour) in [(track.starPower, "#c9a227"), (track.fills, "#2f7d4f")] {
        for phrase in phrases {
          let (from, to) = (max(phrase.start, start), min(phrase.start + phrase.length, end))
          guard from < to else { continue }
          shapes.append(rectangle(x(from), y, x(to) - x(from), tierHeight, colour, opacity: 0.28))
        }
      }
      shapes += gems(track.notes.filter { $0.tick >= start && $0.tick < end }, top: y, x)
    }
    for line in row {
      let place = x(lines[line])
      shapes.append(
        .line(
          [.init(place, top + Self.headHeight), .init(place, bottom)], colour: "#4a5060",
          width: 0.7))
    }
    return shapes
  }

  /// Section names, the row's first bar and time, and the course of the tempo.
  private func head(
    _ row: ClosedRange<Int>, _ start: Tick, _ end: Tick, top: Double, _ x: (Tick) -> Double
  ) -> [Picture.Shape] {
    let map = chart.tempoMap
    var shapes = [
      text(
        8, top + Self.headHeight - 10,
        "\(row.lowerBound + 1)  \(Figures.clock(map.seconds(at: start)))", 10, "#6d7382")
    ]
    for section in chart.sections where section.tick >= start && section.tick < end {
      let place = x(section.tick)
      shapes.append(text(place + 3, top + 12, section.name, 11, "#e8e8ee"))
      shapes.append(
        .line([.init(place, top + 2), .init(place, top + 14)], colour: "#e8e8ee", width: 1))
    }
    let spread = max(facts.fastest - facts.slowest, 1)
    let y = { (tick: Tick) in
      let share = (map.tempo(at: tick).beatsPerMinute - facts.slowest) / spread
      return top + Self.headHeight - 9 - 13 * min(max(share, 0), 1)
    }
    var curve = [Picture.Point(x(start), y(start))]
    for tempo in map.tempos where tempo.tick > start && tempo.tick < end {
      curve.append(.init(x(tempo.tick), curve[curve.count - 1].y))
      curve.append(.init(x(tempo.tick), y(tempo.tick)))
    }
    curve.append(.init(x(end), curve[curve.count - 1].y))
    return shapes + [.line(curve, colour: "#8f7fe8", width: 1)]
  }

  /// A strip above the tiers: green where the hits of a bar are certain, red where they are not.
  private func sureness(
    _ row: ClosedRange<Int>, top: Double, _ x: (Tick) -> Double
  ) -> [Picture.Shape] {
    (row.lowerBound..<row.upperBound).compactMap { bar in
      guard confidence.indices.contains(bar), let sure = confidence[bar] else { return nil }
      let (left, right) = (x(lines[bar]), x(lines[bar + 1]))
      // Below one half a hit is more likely wrong than right.
      let share = min(max((sure - 0.5) * 2, 0), 1)
      return rectangle(left, top + Self.headHeight - 6, right - left - 1, 3.5, Self.mixed(share))
    }
  }

  /// From red over yellow to green.
  private static func mixed(_ share: Double) -> String {
    let red = Int(220 * min(1, 2 - 2 * share) + 35 * max(0, 2 * share - 1))
    let green = Int(200 * min(1, 2 * share))
    func hex(_ value: Int) -> String {
      let text = String(min(max(value, 0), 255), radix: 16)
      return text.count == 1 ? "0" + text : text
    }
    return "#" + hex(red) + hex(green) + "46"
  }

  // MARK: - Gems

  private func gems(
    _ notes: [DrumNote], top: Double, _ x: (Tick) -> Double
  ) -> [Picture.Shape] {
    var shapes: [Picture.Shape] = []
    for (lane, (pad, colour)) in Self.lanes.enumerated() {
      let y = top + (Double(lane) + 0.5) * Self.laneHeight
      let here = notes.filter { $0.pad == pad }
      func places(_ isChosen: (DrumNote) -> Bool) -> [Picture.Point] {
        here.filter(isChosen).map { Picture.Point(x($0.tick), y) }
      }
      let drums = places { !$0.isCymbal && $0.dynamic != .ghost && !$0.isSecondKick }
      let accents = places { $0.dynamic == .accent && !$0.isCymbal }
      let second = places(\.isSecondKick)
      let cymbals = places { $0.isCymbal && $0.dynamic != .ghost }
      let ghosts = places { $0.dynamic == .ghost }
      if !drums.isEmpty {
        shapes.append(.dots(drums, radius: 2.5, colour: colour, opacity: 1))
      }
      if !accents.isEmpty {
        shapes.append(.dots(accents, radius: 1, colour: Self.bright, opacity: 1))
      }
      if !second.isEmpty {
        shapes.append(.dots(second, radius: 2.5, colour: colour, opacity: 0.55))
      }
      if !cymbals.isEmpty { shapes.append(.triangles(cymbals, colour: colour)) }
      if !ghosts.isEmpty { shapes.append(.rings(ghosts, radius: 1.8, colour: colour)) }
    }
    return shapes
  }

  // MARK: - Shapes

  private func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: String,
    opacity: Double = 1
  ) -> Picture.Shape {
    .rectangle(.init(x, y), width: width, height: height, colour: colour, opacity: opacity)
  }

  private func text(
    _ x: Double, _ y: Double, _ text: String, _ size: Double, _ colour: String
  ) -> Picture.Shape {
    .text(.init(x, y), text, size: size, colour: colour)
  }
}
