/// Picks from ascending places a row of about a wanted length, with the highest sum of values and
/// of what the gaps between neighbours are worth: dynamic programming, with a price on each place
/// that is searched until the length comes out.
struct PhraseRow {
  private let places: [Int]
  private let values: [Double]
  /// Worth of `j` before `i` at `i * count + j`; minus infinity where it must not be.
  private let gaps: [Double]
  private let firsts: [Double]
  private let lasts: [Double]

  /// - Parameters:
  ///   - value: What a place is worth.
  ///   - gap: What it is worth to let one place follow another; `nil` where it must not.
  ///   - first: What it is worth to begin with a place.
  ///   - last: What it is worth to end with a place.
  init(
    _ places: [Int], value: (Int) -> Double, gap: (Int, Int) -> Double?,
    first: (Int) -> Double, last: (Int) -> Double
  ) {
    self.places = places
    values = places.map(value)
    firsts = places.map(first)
    lasts = places.map(last)
    var gaps = [Double](repeating: -.infinity, count: places.count * places.count)
    for i in places.indices {
      for j in 0..<i { gaps[i * places.count + j] = gap(places[j], places[i]) ?? -.infinity }
    }
    self.gaps = gaps
  }

  /// The best row whose length is nearest to `wanted`.
  func best(about wanted: Int) -> [Int] {
    guard !places.isEmpty, wanted > 0 else { return [] }
    // Prices far below and above what places are worth; twelve halvings leave a thousandth.
    var (low, high) = (-6.0, 10.0)
    var best = row(price: 0)
    for _ in 0..<12 {
      let price = (low + high) / 2
      let row = row(price: price)
      if abs(row.count - wanted) < abs(best.count - wanted) { best = row }
      if row.count == wanted { return row }
      if row.count > wanted { low = price } else { high = price }
    }
    return best
  }

  private func row(price: Double) -> [Int] {
    var sums = firsts
    var previous = [Int](repeating: -1, count: places.count)
    for i in places.indices {
      for j in 0..<i where sums[j] + gaps[i * places.count + j] > sums[i] {
        sums[i] = sums[j] + gaps[i * places.count + j]
        previous[i] = j
      }
      sums[i] += values[i] - price
    }
    var at = 0
    for i in places.indices where sums[i] + lasts[i] > sums[at] + lasts[at] { at = i }
    var row: [Int] = []
    while at >= 0 {
      row.append(places[at])
      at = previous[at]
    }
    return row.reversed()
  }
}
