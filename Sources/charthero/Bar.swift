import ChartFormat

/// One bar of a chart with what is played in it: the unit in which charts are drawn.
struct Bar {
  /// Counted from 1 at tick 0.
  var number: Int
  var start: Tick
  var end: Tick
  var signature: TimeSignature
  var notes: [DrumNote]

  var length: Int { (end - start).value }

  /// The bars of one tier, from the first note's bar on.
  static func bars(of chart: Chart, tier: Difficulty) -> [Bar] {
    let notes = chart.tracks[tier]?.notes ?? []
    guard let last = notes.last else { return [] }
    let lines = chart.tempoMap.barLines(through: last.tick + Tick(1))
    var rest = notes[...]
    var bars: [Bar] = []
    for (index, (start, end)) in zip(lines, lines.dropFirst()).enumerated() {
      let inside = rest.prefix { $0.tick < end }
      rest = rest.dropFirst(inside.count)
      if bars.isEmpty && inside.isEmpty { continue }
      bars.append(
        Bar(
          number: index + 1, start: start, end: end,
          signature: chart.tempoMap.signature(at: start), notes: Array(inside)))
    }
    return bars
  }

  /// The coarsest grid that shows every note on a column of its own: ticks per column.
  ///
  /// Sixteenths where they suffice (one beat is then four columns wide), else triplet sixteenths,
  /// thirty-seconds, and at last 1/48, to which anything else is rounded.
  func columnWidth(resolution: Int) -> Int {
    let finest = max(1, resolution / 12)
    for part in [4, 6, 8] where resolution % part == 0 {
      let width = resolution / part
      if notes.allSatisfy({ ($0.tick - start).value % width == 0 }) { return width }
    }
    return finest
  }

  /// What is written over the bar: its number, and the tempo, metre and section that begin in it.
  ///
  /// - Parameter isFirst: the first bar of a drawing names its tempo wherever that began.
  func heading(in chart: Chart, isFirst: Bool) -> [String] {
    var words = ["\(number)"]
    let map = chart.tempoMap
    if isFirst || map.tempos.contains(where: { $0.tick == start }) {
      words.append(ChartDrawing.decimal(map.tempo(at: start).beatsPerMinute, 1))
    }
    if map.metres.contains(where: { $0.tick == start }) {
      words.append("\(signature.beats)/\(signature.unit)")
    }
    return words + chart.sections.filter { start <= $0.tick && $0.tick < end }.map(\.name)
  }
}
