internal import ChartFormat

/// Chooses the beats at which the tempo changes, bar lines as a rule, and the tempos between them.
enum TempoKnots {
  /// A stretch of one tempo.
  struct Segment {
    /// Quarter notes from the first downbeat.
    var quarter: Double
    /// Seconds of the audio at which it begins, as the rounded tempos before it have it.
    var start: Double
    var tempo: MilliBPM
  }

  /// Standard deviation of a beat time around a steady tempo, seconds.
  private static let spread = 0.003
  /// What a tempo marker must save in squared standard deviations: about 3 ms of drift on all
  /// beats of two bars.
  private static let price = 16.0
  /// No beat may lie farther from its grid line than this, seconds (10 ms less the rounding).
  private static let tolerance = 0.0095
  /// Farther off than this, seconds, a beat gets a marker of its own within the bar: more than a
  /// drummer's unevenness, a change of tempo.
  private static let jump = 0.02
  /// A tempo is snapped to a whole or half BPM if no beat moves by more than this, seconds.
  private static let snap = 0.003

  /// Indices into the grid's beats, ascending from the first downbeat: where a new tempo begins.
  static func place(in grid: BeatGrid) -> [Int] {
    var knots = cheapest(in: grid).map { grid.bars[$0].beat }
    for _ in 0..<grid.times.count {
      let times = fitted(knots, in: grid)
      guard let extra = worst(knots, times, in: grid) else { break }
      knots.append(extra)
      knots.sort()
    }
    return knots
  }

  /// Dynamic programming over bar lines: the squared errors of the beats around the best straight
  /// line of each stretch, plus a price per line.
  private static func cheapest(in grid: BeatGrid) -> [Int] {
    let lines = grid.bars.map(\.beat) + [grid.times.count - 1]
    let slope =
      (grid.times[lines[lines.count - 1]] - grid.times[lines[0]])
      / max(1, grid.quarters[lines[lines.count - 1]] - grid.quarters[lines[0]])
    let sums = LineSums(
      x: grid.quarters, y: zip(grid.times, grid.quarters).map { $0 - slope * $1 })
    var cost = [Double](repeating: .infinity, count: lines.count)
    var from = [Int](repeating: 0, count: lines.count)
    cost[0] = 0
    for j in 1..<lines.count where lines[j] > lines[j - 1] {
      for i in 0..<j where lines[j] > lines[i] {
        let error = sums.error(from: lines[i], to: lines[j])
        let total = cost[i] + price + error / (spread * spread)
        if total < cost[j] { (cost[j], from[j]) = (total, i) }
      }
    }
    var knots: [Int] = []
    var at = lines.count - 1
    // The song may end on a downbeat: then the last bar has no beats of its own.
    while at > 0, cost[at].isInfinite { at -= 1 }
    while at > 0 {
      at = from[at]
      knots.append(at)
    }
    return knots.isEmpty ? [0] : knots.reversed()
  }

  /// Times at the knots and at the last beat by least squares over all beats (a linear spline).
  private static func fitted(_ knots: [Int], in grid: BeatGrid) -> [Double] {
    let xs = places(knots, in: grid)
    var d0 = [Double](repeating: 1e-9, count: xs.count)
    var d1 = [Double](repeating: 0, count: xs.count)
    var right = [Double](repeating: 0, count: xs.count)
    var k = 0
    for (time, x) in zip(grid.times, grid.quarters) {
      while k + 2 < xs.count, x >= xs[k + 1] { k += 1 }
      // Beats before the first knot (the pick-up) lie on the first line too.
      let b = (x - xs[k]) / (xs[k + 1] - xs[k])
      let a = 1 - b
      d0[k] += a * a
      d0[k + 1] += b * b
      d1[k] += a * b
      right[k] += a * time
      right[k + 1] += b * time
    }
    return BeatRefinement.solveBand(
      d0, d1, [Double](repeating: 0, count: xs.count), right)
  }

  /// Quarters at the knots and at the end.
  private static func places(_ knots: [Int], in grid: BeatGrid) -> [Double] {
    let end = max(
      grid.quarters[grid.quarters.count - 1], grid.quarters[knots[knots.count - 1]] + 1)
    return knots.map { grid.quarters[$0] } + [end]
  }

  /// Where a marker is needed most: the free bar line nearest to the beat that is farthest beyond
  /// the tolerance; where its stretch has none left and the tempo jumps, the nearest free beat.
  private static func worst(_ knots: [Int], _ times: [Double], in grid: BeatGrid) -> Int? {
    let xs = places(knots, in: grid)
    var found: (error: Double, beat: Int)?
    var k = 0
    for (beat, (time, x)) in zip(grid.times, grid.quarters).enumerated() where x >= 0 {
      while k + 2 < xs.count, x >= xs[k + 1] { k += 1 }
      let line = times[k] + (times[k + 1] - times[k]) * (x - xs[k]) / (xs[k + 1] - xs[k])
      let error = abs(time - line)
      guard error > max(tolerance, found?.error ?? 0) else { continue }
      let end = k + 1 < knots.count ? knots[k + 1] : grid.times.count
      let inside = knots[k] + 1..<max(knots[k] + 1, end)
      let lines = grid.bars.map(\.beat).filter(inside.contains)
      let free = lines.isEmpty && error > jump ? Array(inside) : lines
      if let nearest = free.min(by: { abs($0 - beat) < abs($1 - beat) }) {
        found = (error, nearest)
      }
    }
    return found?.beat
  }

  /// The tempos between the knots, rounded to what a chart can hold.
  static func tempos(of knots: [Int], in grid: BeatGrid) -> [Segment] {
    let xs = places(knots, in: grid)
    let targets = fitted(knots, in: grid)
    var start = targets[0]
    if knots.count == 1 {
      let tempo = rounded(
        quarters: xs[1] - xs[0], seconds: targets[1] - targets[0], slack: 2 * snap)
      // The line turns around the middle of the song, so that an error of the tempo is halved.
      let middle = (xs[0] + xs[1]) / 2
      start = (targets[0] + targets[1]) / 2 - (middle - xs[0]) * tempo.secondsPerBeat
      return [Segment(quarter: xs[0], start: start, tempo: tempo)]
    }
    return knots.indices.map { k in
      let quarters = xs[k + 1] - xs[k]
      let tempo = rounded(quarters: quarters, seconds: targets[k + 1] - start, slack: snap)
      defer { start += quarters * tempo.secondsPerBeat }
      return Segment(quarter: xs[k], start: start, tempo: tempo)
    }
  }

  /// The tempo that lets `quarters` beats last `seconds`: whole BPM, else half, if the end moves by
  /// at most `slack` seconds; else to a thousandth. Stretches under four bars are not snapped: any
  /// tempo is near a half there.
  private static func rounded(quarters: Double, seconds: Double, slack: Double) -> MilliBPM {
    let exact = 60_000 * quarters / max(1e-3, seconds)
    let limited = min(1_000_000, max(5_000, exact))
    guard quarters >= 16 else { return MilliBPM(Int(limited.rounded())) }
    for step in [1_000.0, 500.0] {
      let candidate = MilliBPM(Int((limited / step).rounded() * step))
      if abs(quarters * candidate.secondsPerBeat - seconds) <= slack { return candidate }
    }
    return MilliBPM(Int(limited.rounded()))
  }
}

/// Prefix sums that give the squared error of any stretch in constant time.
private struct LineSums {
  private var sums: [SIMD8<Double>] = [SIMD8(repeating: 0)]

  init(x: [Double], y: [Double]) {
    for (a, b) in zip(x, y) {
      sums.append(sums[sums.count - 1] + SIMD8(1, a, b, a * a, a * b, b * b, 0, 0))
    }
  }

  /// Squared error of the points `i...j` around their own best line.
  func error(from i: Int, to j: Int) -> Double {
    let s = sums[j + 1] - sums[i]
    let (n, mx, my) = (s[0], s[1] / s[0], s[2] / s[0])
    let xx = s[3] - n * mx * mx
    let xy = s[4] - n * mx * my
    let yy = s[5] - n * my * my
    return max(0, xx > 0 ? yy - xy * xy / xx : yy)
  }
}
