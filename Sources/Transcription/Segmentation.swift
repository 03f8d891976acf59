internal import ChartFormat

/// Cuts a song into its parts, on bar lines.
///
/// A cut is good where the bars before it are unlike the bars after it (the checkerboard of the
/// self-similarity matrix; Foote, "Automatic audio segmentation using a measure of audio novelty",
/// ICME 2000), where a crash stands on the bar line, and where it makes parts of usual lengths:
/// human charters write 8 bars three times as often as any other length. The best set of cuts is
/// found by dynamic programming.
struct Segmentation {
  /// Bars before and after a cut that are compared.
  private static let reach = 3
  /// Seconds; charters split longer parts.
  private static let longest = 32.0
  /// Parts a minute of human charts.
  private static let perMinute = 3.9
  private static let mostBars = 20

  let features: BarFeatures
  let grid: BarGrid
  /// `likeness` of all pairs of bars, row-major.
  let likeness: [Float]
  var barCount: Int { features.bars.count }

  init(_ features: BarFeatures, grid: BarGrid) {
    self.features = features
    self.grid = grid
    let count = features.bars.count
    var likeness = [Float](repeating: 1, count: count * count)
    for a in 0..<count {
      for b in 0..<a {
        let value = Float(features.likeness(a, b))
        likeness[a * count + b] = value
        likeness[b * count + a] = value
      }
    }
    self.likeness = likeness
  }

  /// The first bars of the parts, ascending from 0. The price of a cut is lowered until there are
  /// about as many parts as a charter would write.
  func cuts() -> [Int] {
    guard barCount > 3 else { return barCount > 0 ? [0] : [] }
    let seconds = grid.seconds(grid.start(ofBar: barCount))
    let wanted = max(2, seconds / 60 * Self.perMinute)
    let novelty = (0..<barCount).map(novelty)
    var best: [Int] = []
    var bestError = Double.infinity
    for price in stride(from: 0.0, through: 0.6, by: 0.05) {
      let cuts = chain(novelty, price: price)
      let error = abs(Double(cuts.count) - wanted)
      if error < bestError { (best, bestError) = (cuts, error) }
    }
    return best
  }

  /// How much a part seems to begin at a bar, about 0...1.
  func novelty(_ bar: Int) -> Double {
    guard bar > 0 else { return 1 }
    let before = max(0, bar - Self.reach)..<bar
    let after = bar..<min(barCount, bar + Self.reach)
    let inside = (mean(before, before) + mean(after, after)) / 2
    var value = max(0, inside - mean(before, after))
    if features.bars[bar].hasDownbeatCrash { value += 0.1 }
    // A bar unlike its neighbours before the cut is a fill.
    if bar > 1, at(bar - 1, bar - 2) < 0.6 { value += 0.05 }
    return value
  }

  private func chain(_ novelty: [Double], price: Double) -> [Int] {
    var score = [Double](repeating: -.infinity, count: barCount + 1)
    var previous = [Int](repeating: 0, count: barCount + 1)
    score[0] = 0
    for end in 1...barCount {
      for length in 1...min(Self.mostBars, end) {
        let start = end - length
        let seconds =
          grid.seconds(grid.start(ofBar: end)) - grid.seconds(grid.start(ofBar: start))
        var gain = score[start] + novelty[start] + Self.liking(length) - price
        if seconds > Self.longest { gain -= (seconds - Self.longest) / 8 }
        // The last part may have any length.
        if end == barCount { gain -= min(0, Self.liking(length)) / 2 }
        if gain > score[end] { (score[end], previous[end]) = (gain, start) }
      }
    }
    var cuts: [Int] = []
    var end = barCount
    while end > 0 {
      end = previous[end]
      cuts.append(end)
    }
    return cuts.reversed()
  }

  /// From the lengths of 5,900 parts in human charts, as the logarithm of their share.
  private static func liking(_ bars: Int) -> Double {
    switch bars {
    case 8: 0.3
    case 4: 0.15
    case 16, 12: 0.1
    case 6, 10: 0.05
    case 9, 5, 7: -0.05
    case 3, 11, 14: -0.15
    case 2: -0.3
    case 1: -1
    default: -0.2
    }
  }

  func at(_ a: Int, _ b: Int) -> Double { Double(likeness[a * barCount + b]) }

  private func mean(_ rows: Range<Int>, _ columns: Range<Int>) -> Double {
    var sum = 0.0
    for a in rows { for b in columns { sum += at(a, b) } }
    return sum / Double(max(1, rows.count * columns.count))
  }
}
