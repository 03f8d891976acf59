/// Beat times below one frame, from the hits around them.
///
/// Weighted least squares: every hit near a simple place of its beat pulls the line between the
/// two beats around it, and neighbouring beat periods resist being different. Both kinds of error
/// are reweighted (Cauchy), so that a stray hit or a real change of tempo has no long arm.
enum BeatRefinement {
  /// Standard deviation of a hit around the grid, seconds.
  private static let hitSpread = 0.008
  /// How much one beat period differs from the next in steady music, seconds.
  private static let driftSpread = 0.002
  /// Hits farther from the grid than this say nothing, seconds.
  private static let reach = 0.03

  private static let iterations = 5

  /// Places in a beat at which hits are expected.
  private static func places(_ lane: Int) -> [Double] {
    if BarLanes.isHalf(lane) { return [0, 0.5, 1] }
    return BarKind.all[BarLanes.kind[lane]].isCompound
      ? [0, 1.0 / 3, 2.0 / 3, 1] : [0, 0.25, 0.5, 0.75, 1]
  }

  /// The beats of a path, with times below a frame.
  static func refined(_ steps: [BarLattice.Step], onsets: [Onset]) -> [Beat] {
    var times = steps.map { Double($0.frame) / RhythmWeights.framesPerSecond }
    if steps.count >= 3 {
      for _ in 0..<iterations { times = solve(times, onsets, steps) }
    }
    return zip(times, steps).map { time, step in
      let kind = BarKind.all[BarLanes.kind[step.lane]]
      return Beat(
        time: time, position: BarLanes.position[step.lane] + 1,
        quarters: BarLanes.isHalf(step.lane) ? 0.5 : kind.quartersPerBeat)
    }
  }

  private static func solve(_ beats: [Double], _ onsets: [Onset], _ steps: [BarLattice.Step])
    -> [Double]
  {
    let n = beats.count
    // The symmetric band: diagonal, first and second off-diagonal.
    var d0 = [Double](repeating: 1e-6, count: n)
    var d1 = [Double](repeating: 0, count: n)
    var d2 = [Double](repeating: 0, count: n)
    var right = beats.map { $0 * 1e-6 }
    var i = 0
    var places = Self.places(steps[0].lane)
    for onset in onsets {
      while i + 2 < n, onset.time >= beats[i + 1] {
        i += 1
        places = Self.places(steps[i].lane)
      }
      let period = beats[i + 1] - beats[i]
      let phase = (onset.time - beats[i]) / period
      guard phase > -0.2, phase < 1.2 else { continue }
      let place = places.min { abs($0 - phase) < abs($1 - phase) } ?? 0
      let error = (phase - place) * period
      guard abs(error) < reach else { continue }
      let weight =
        onset.confidence / (hitSpread * hitSpread) / (1 + (error / hitSpread) * (error / hitSpread))
      let (a, b) = (1 - place, place)
      d0[i] += weight * a * a
      d0[i + 1] += weight * b * b
      d1[i] += weight * a * b
      right[i] += weight * a * onset.time
      right[i + 1] += weight * b * onset.time
    }
    for i in 1..<n - 1 {
      // Periods of whole beats on both sides: that of half a beat counts twice.
      let p = BarLanes.isHalf(steps[i - 1].lane) ? 2.0 : 1
      let q = BarLanes.isHalf(steps[i].lane) ? 2.0 : 1
      let bend = (p * beats[i - 1] - (p + q) * beats[i] + q * beats[i + 1]) / (2 * driftSpread)
      let weight = 1 / (driftSpread * driftSpread) / (1 + bend * bend)
      d0[i - 1] += weight * p * p
      d0[i] += weight * (p + q) * (p + q)
      d0[i + 1] += weight * q * q
      d1[i - 1] -= weight * p * (p + q)
      d1[i] -= weight * q * (p + q)
      d2[i - 1] += weight * p * q
    }
    return solveBand(d0, d1, d2, right)
  }

  /// Solves a symmetric positive definite system of bandwidth two (LDLᵀ).
  static func solveBand(_ d0: [Double], _ d1: [Double], _ d2: [Double], _ right: [Double])
    -> [Double]
  {
    let n = d0.count
    var d = d0
    var l1 = [Double](repeating: 0, count: n)
    var l2 = [Double](repeating: 0, count: n)
    var x = right
    for i in 0..<n {
      if i >= 2 {
        d[i] -= l2[i - 2] * l2[i - 2] * d[i - 2]
        x[i] -= l2[i - 2] * x[i - 2]
      }
      if i >= 1 {
        d[i] -= l1[i - 1] * l1[i - 1] * d[i - 1]
        x[i] -= l1[i - 1] * x[i - 1]
        l1[i] = d1[i] - l2[i - 1] * d[i - 1] * l1[i - 1]
      } else {
        l1[i] = d1[i]
      }
      l1[i] /= d[i]
      l2[i] = d2[i] / d[i]
    }
    for i in stride(from: n - 1, through: 0, by: -1) {
      x[i] /= d[i]
      if i + 1 < n { x[i] -= l1[i] * x[i + 1] }
      if i + 2 < n { x[i] -= l2[i] * x[i + 2] }
    }
    return x
  }
}
