internal import ChartFormat

/// The bars of a song and how strong each position in them is.
struct BarGrid: Sendable {
  /// How strong a position is, from the bar line down.
  enum Weight: Int, Comparable, Sendable {
    case bar, half, beat, eighth, sixteenth, finer
    static func < (a: Weight, b: Weight) -> Bool { a.rawValue < b.rawValue }
  }

  let map: TempoMap
  /// Bar lines from tick 0 up to the first one after the last position asked for.
  let lines: [Tick]

  init(_ map: TempoMap, through end: Tick) {
    self.map = map
    lines = map.barLines(through: end + Tick(1))
  }

  var barCount: Int { lines.count - 1 }

  /// The bar of a position, counted from 0; beyond the last line it is the last bar.
  func bar(at tick: Tick) -> Int {
    var low = 0
    var high = lines.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lines[middle] <= tick { low = middle } else { high = middle }
    }
    return min(low, barCount - 1)
  }

  func start(ofBar bar: Int) -> Tick { lines[min(bar, lines.count - 1)] }
  func length(ofBar bar: Int) -> Int { (lines[bar + 1] - lines[bar]).value }

  func seconds(_ tick: Tick) -> Double { map.seconds(at: tick) }

  /// Ticks from one felt beat to the next: three eighths in 6/8, 9/8 and 12/8, else a quarter.
  func beat(at tick: Tick) -> Int {
    let signature = map.signature(at: tick)
    let isCompound = signature.unit == 8 && signature.beats % 3 == 0 && signature.beats > 3
    return isCompound ? map.resolution * 3 / 2 : map.resolution
  }

  func weight(of tick: Tick) -> Weight {
    let bar = bar(at: tick)
    return Self.weight(
      offset: (tick - lines[bar]).value, length: length(ofBar: bar), beat: beat(at: tick),
      quarter: map.resolution)
  }

  /// The weight of a position `offset` ticks into a bar.
  static func weight(offset: Int, length: Int, beat: Int, quarter: Int) -> Weight {
    if offset == 0 { return .bar }
    if offset % beat == 0 { return offset * 2 == length ? .half : .beat }
    // In compound time the eighths are thirds of the beat.
    if offset % (quarter / 2) == 0 { return .eighth }
    if offset % (quarter / 4) == 0 { return .sixteenth }
    // The thirds of a beat are to swung music what eighths are to straight music.
    if beat == quarter, offset % quarter * 3 % quarter == 0 { return .eighth }
    return .finer
  }
}
