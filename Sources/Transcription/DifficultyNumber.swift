internal import ChartFormat

/// The number 0...6 that the song list shows.
///
/// A published estimator fitted to 20,013 charts (elicwhite/spotify-clonehero): the mean of seven
/// standardised features of the Expert track on a straight line.
enum DifficultyNumber {
  private struct Feature {
    var mean: Double
    var deviation: Double
  }

  private static let density = Feature(mean: 8.70, deviation: 3.50)
  private static let peak = Feature(mean: 13.81, deviation: 6.91)
  private static let fast = Feature(mean: 0.381, deviation: 0.304)
  private static let chord = Feature(mean: 2.38, deviation: 0.486)
  private static let toms = Feature(mean: 37.8, deviation: 35.8)
  private static let lanes = Feature(mean: 7.61, deviation: 0.712)
  private static let changes = Feature(mean: 1.10, deviation: 0.756)

  /// `nil` for a track that has no duration.
  static func estimate(_ notes: [DrumNote], grid: BarGrid) -> Int? {
    let times = notes.map { grid.seconds($0.tick) }
    guard let first = times.first, let last = times.last, last > first else { return nil }
    let seconds = last - first
    let groups = Dictionary(grouping: notes, by: \.tick)
    let ticks = groups.keys.sorted()
    let starts = ticks.map { grid.seconds($0) }
    let gaps = zip(starts, starts.dropFirst()).map { $1 - $0 }
    let tomHits = notes.count { $0.pad > .red && !$0.isCymbal }
    let cymbals = notes.filter(\.isCymbal)
    let laneChanges = zip(cymbals, cymbals.dropFirst()).count { $0.pad != $1.pad }
    let bars = max(1, grid.bar(at: notes[notes.count - 1].tick) - grid.bar(at: notes[0].tick) + 1)
    let values: [(Double, Feature)] = [
      (Double(notes.count) / seconds, density),
      (percentile(perSecond(times)), peak),
      (Double(gaps.count { $0 <= 0.125 }) / Double(max(1, gaps.count)), fast),
      (percentile(ticks.map { Double(groups[$0]!.count) }), chord),
      (Double(tomHits) * 60 / seconds, toms),
      (Double(Set(notes.map { ChartFacts.Lane($0) }).count), lanes),
      (Double(laneChanges) / Double(bars), changes),
    ]
    let score =
      values.reduce(0) { $0 + ($1.0 - $1.1.mean) / $1.1.deviation } / Double(values.count)
    return min(6, max(0, Int((4.04 + 1.67 * score + 0.5).rounded(.down))))
  }

  /// Notes in each second from the first note on.
  private static func perSecond(_ times: [Double]) -> [Double] {
    var counts = [Double](repeating: 0, count: Int(times[times.count - 1] - times[0]) + 1)
    for time in times { counts[Int(time - times[0])] += 1 }
    return counts
  }

  /// The 95th percentile.
  private static func percentile(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
  }
}
