internal import ChartFormat

/// What each bar of a song is made of, and how alike two bars are.
struct BarFeatures {
  /// Positions in a bar that patterns are compared at.
  private static let slots = 16
  private static let laneCount = ChartFacts.Lane.allCases.count

  struct Bar {
    /// Drum lane and slot of every note, ascending: `slot * laneCount + lane`.
    var pattern: [Int]
    /// Notes by lane.
    var lanes: [Double]
    var notesPerSecond: Double
    var hasDownbeatCrash: Bool
    /// Standardised band energies; empty where there is no audio to look at.
    var timbre: [Float]
    /// Mean log energy before standardising.
    var loudness: Float
  }

  let bars: [Bar]

  init(
    _ notes: [DrumNote], grid: BarGrid, timbre: Timbre? = nil, leadIn: Double = 0
  ) {
    var byBar = [[DrumNote]](repeating: [], count: grid.barCount)
    for note in notes { byBar[grid.bar(at: note.tick)].append(note) }
    var bars = byBar.indices.map { Self.bar(byBar[$0], $0, grid) }
    if let timbre { Self.add(timbre, to: &bars, grid: grid, leadIn: leadIn) }
    self.bars = bars
  }

  private static func bar(_ notes: [DrumNote], _ index: Int, _ grid: BarGrid) -> Bar {
    let start = grid.start(ofBar: index)
    let length = grid.length(ofBar: index)
    var lanes = [Double](repeating: 0, count: laneCount)
    var pattern: [Int] = []
    for note in notes {
      let lane = ChartFacts.Lane(note).rawValue
      lanes[lane] += 1
      let slot = ((note.tick - start).value * slots + length / 2) / length
      pattern.append(slot * laneCount + lane)
    }
    let seconds = grid.seconds(grid.start(ofBar: index + 1)) - grid.seconds(start)
    return Bar(
      pattern: pattern.sorted(), lanes: lanes, notesPerSecond: Double(notes.count) / seconds,
      hasDownbeatCrash: notes.contains { $0.tick == start && $0.pad == .green && $0.isCymbal },
      timbre: [], loudness: 0)
  }

  /// Each band has mean 0 and variance 1 over the song, so that cosines compare what changes.
  private static func add(
    _ timbre: Timbre, to bars: inout [Bar], grid: BarGrid, leadIn: Double
  ) {
    let rows = bars.indices.map { bar in
      timbre.mean(
        from: grid.seconds(grid.start(ofBar: bar)) - leadIn,
        to: grid.seconds(grid.start(ofBar: bar + 1)) - leadIn)
    }
    let known = rows.compactMap { $0 }
    guard known.count > 1 else { return }
    for (bar, row) in rows.enumerated() {
      guard let row else { continue }
      bars[bar].loudness = row.reduce(0, +) / Float(row.count)
      bars[bar].timbre = row
    }
    for band in known[0].indices {
      let mean = known.reduce(Float(0)) { $0 + $1[band] } / Float(known.count)
      let variance =
        known.reduce(Float(0)) { $0 + ($1[band] - mean) * ($1[band] - mean) } / Float(known.count)
      let scale = 1 / max(variance.squareRoot(), 1e-3)
      for bar in bars.indices where !bars[bar].timbre.isEmpty {
        bars[bar].timbre[band] = (bars[bar].timbre[band] - mean) * scale
      }
    }
  }

  // MARK: - Likeness

  /// How alike two bars are, 0...1: the pattern, what it is played on, and how it sounds.
  func likeness(_ a: Int, _ b: Int) -> Double {
    let (a, b) = (bars[a], bars[b])
    let drums = 0.6 * Self.overlap(a.pattern, b.pattern) + 0.4 * Self.cosine(a.lanes, b.lanes)
    guard !a.timbre.isEmpty, !b.timbre.isEmpty else { return drums }
    var dot: Float = 0
    var lengths: (Float, Float) = (0, 0)
    for band in a.timbre.indices {
      dot += a.timbre[band] * b.timbre[band]
      lengths.0 += a.timbre[band] * a.timbre[band]
      lengths.1 += b.timbre[band] * b.timbre[band]
    }
    let cosine = Double(dot / max((lengths.0 * lengths.1).squareRoot(), 1e-6))
    return 0.6 * drums + 0.4 * (1 + cosine) / 2
  }

  /// Dice's coefficient of two ascending lists. Two empty bars are alike.
  private static func overlap(_ a: [Int], _ b: [Int]) -> Double {
    if a.isEmpty && b.isEmpty { return 1 }
    var (i, j, common) = (0, 0, 0)
    while i < a.count, j < b.count {
      if a[i] == b[j] {
        common += 1
        i += 1
        j += 1
      } else if a[i] < b[j] {
        i += 1
      } else {
        j += 1
      }
    }
    return 2 * Double(common) / Double(a.count + b.count)
  }

  private static func cosine(_ a: [Double], _ b: [Double]) -> Double {
    var (dot, x, y) = (0.0, 0.0, 0.0)
    for i in a.indices {
      dot += a[i] * b[i]
      x += a[i] * a[i]
      y += b[i] * b[i]
    }
    if x == 0 && y == 0 { return 1 }
    return dot / max((x * y).squareRoot(), 1e-9)
  }
}
