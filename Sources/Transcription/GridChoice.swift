internal import ChartFormat

/// Hits that are struck together: they share a tick.
struct Strike {
  /// Ticks from the start of the beat, fractional.
  var offset: Double
  /// Sum of the hits' confidences.
  var weight: Double
  /// Indices of the hits.
  var onsets: [Int]
}

/// One beat of the grid with the strikes in it.
struct BeatCell {
  var start: Tick
  /// Ticks; a quarter note, or less at the end of a bar such as 7/8.
  var length: Int
  /// Seconds per tick.
  var tickSeconds: Double
  var strikes: [Strike]
}

/// The ways a beat may be divided.
enum BeatGridKind: Int, CaseIterable {
  case quarter, eighth, triplet, sixteenth, sextuplet, thirtysecond

  /// Parts of a quarter note.
  var division: Int {
    switch self {
    case .quarter: 1
    case .eighth: 2
    case .triplet: 3
    case .sixteenth: 4
    case .sextuplet: 6
    case .thirtysecond: 8
    }
  }

  /// Ticks from one line to the next.
  var step: Int { TempoFit.resolution / division }

  /// The nearest line to an offset in ticks; the end of the beat counts as a line.
  func tick(of offset: Double, in length: Int) -> Int {
    min(length, max(0, Int((offset / Double(step)).rounded()) * step))
  }
}

/// Cuts hits into beats.
enum BeatCells {
  /// Hits this close belong to one strike, seconds; at fast tempos less, so that 1/32 stay apart.
  private static let together = 0.028

  /// The beats with hits in them, ascending. A hit just before a beat belongs to it.
  static func cells(of onsets: [Onset], on map: TempoMap) -> [BeatCell] {
    let places = onsets.map { max(0, map.tick(at: $0.time)) }
    let last = Tick(Int(places.max() ?? 0) + map.resolution)
    let bars = map.barLines(through: last)
    var starts: [Tick] = []
    for (bar, next) in zip(bars, bars.dropFirst()) {
      starts += stride(from: bar.value, to: next.value, by: map.resolution).map { Tick($0) }
    }
    starts.append(bars[bars.count - 1])
    // Nearer to a beat than half a 1/32: that beat.
    let early = Double(map.resolution) / 16
    var cells: [BeatCell] = []
    var index = 0
    for (start, next) in zip(starts, starts.dropFirst()) {
      let end = Double(next.value) - early
      guard index < onsets.count, places[index] < end else { continue }
      let tickSeconds = map.tempo(at: start).secondsPerBeat / Double(map.resolution)
      let reach = min(together, 0.45 * Double(map.resolution) / 8 * tickSeconds)
      var strikes: [Strike] = []
      var head = 0.0
      while index < onsets.count, places[index] < end {
        let offset = places[index] - Double(start.value)
        let weight = max(0.05, onsets[index].confidence)
        if let strike = strikes.last, (offset - head) * tickSeconds < reach {
          let total = strike.weight + weight
          strikes[strikes.count - 1] = Strike(
            offset: (strike.offset * strike.weight + offset * weight) / total, weight: total,
            onsets: strike.onsets + [index])
        } else {
          head = offset
          strikes.append(Strike(offset: offset, weight: weight, onsets: [index]))
        }
        index += 1
      }
      cells.append(
        BeatCell(
          start: start, length: next.value - start.value, tickSeconds: tickSeconds,
          strikes: strikes))
    }
    return cells
  }
}

/// Chooses each beat's grid.
enum GridChoice {
  /// Standard deviation of a hit around its grid line, seconds.
  private static let spread = 0.009
  /// Beyond this many standard deviations a hit is an error of its own and its cost grows slowly.
  private static let knee = 3.0
  /// What two strikes on one line cost.
  private static let collision = 6.0
  /// What a change between straight and triplet feel costs.
  private static let change = 2.5

  /// How rare each grid is: minus the logarithm of its share of beats in human charts, times two.
  private static func price(_ grid: BeatGridKind) -> Double {
    switch grid {
    case .quarter: 0
    case .eighth: 0.6
    case .triplet: 4
    case .sixteenth: 1.8
    case .sextuplet: 7
    case .thirtysecond: 7
    }
  }

  private static func isTriplet(_ grid: BeatGridKind) -> Bool? {
    switch grid {
    case .quarter: nil
    case .triplet, .sextuplet: true
    default: false
    }
  }

  /// The cheapest grid of every beat, in context.
  static func grids(for cells: [BeatCell]) -> [BeatGridKind] {
    let kinds = BeatGridKind.allCases
    // A grid and the feel around it: a quarter-note grid keeps the feel of its neighbours.
    var cost = [Double](repeating: 0, count: kinds.count * 2)
    var back: [[Int]] = []
    for cell in cells {
      var next = [Double](repeating: .infinity, count: cost.count)
      var from = [Int](repeating: 0, count: cost.count)
      for (k, kind) in kinds.enumerated() {
        let own = error(of: cell, on: kind) + price(kind)
        for feel in 0..<2 {
          if let triplet = isTriplet(kind), triplet != (feel == 1) { continue }
          for previous in cost.indices {
            let total = cost[previous] + own + (previous % 2 == feel ? 0 : change)
            if total < next[k * 2 + feel] {
              next[k * 2 + feel] = total
              from[k * 2 + feel] = previous
            }
          }
        }
      }
      cost = next
      back.append(from)
    }
    var state = cost.indices.min { cost[$0] < cost[$1] } ?? 0
    var result: [BeatGridKind] = []
    for from in back.reversed() {
      result.append(kinds[state / 2])
      state = from[state]
    }
    return result.reversed()
  }

  /// Squared errors in standard deviations, and collisions.
  private static func error(of cell: BeatCell, on kind: BeatGridKind) -> Double {
    var total = 0.0
    var last = -1
    for strike in cell.strikes {
      let tick = kind.tick(of: strike.offset, in: cell.length)
      let error = abs(strike.offset - Double(tick)) * cell.tickSeconds / spread
      let cost = error < knee ? error * error : knee * (2 * error - knee)
      total += cost / 2 * min(2, strike.weight)
      if tick == last { total += collision }
      last = tick
    }
    return total
  }
}
