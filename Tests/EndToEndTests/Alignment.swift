/// Finds a piece of one signal in another.
enum Alignment {
  /// The shift, in samples, at which a piece of `source` fits best into `result`.
  ///
  /// - Parameters:
  ///   - expected: The middle of the shifts tried, 50 ms to either side at 44.1 kHz.
  ///   - start: Where in `source` the piece begins; it is 8,192 samples long.
  static func lag(of source: [Float], in result: [Float], near expected: Int, at start: Int) -> Int
  {
    let length = 8_192
    let reach = 2_205
    var best = (lag: Int.min, product: -Float.infinity)
    for lag in expected - reach...expected + reach {
      guard start + lag >= 0, start + lag + length <= result.count else { continue }
      var product: Float = 0
      for i in 0..<length { product += source[start + i] * result[start + lag + i] }
      if product > best.product { best = (lag, product) }
    }
    return best.lag
  }
}
