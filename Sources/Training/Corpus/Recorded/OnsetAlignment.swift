internal import DrumNet
internal import Glibc
package import Transcription

/// By how much annotations lie beside the sound they belong to: onset envelopes of three bands against
/// the strokes that sound in them.
package struct OnsetAlignment: Sendable {
  /// Seconds by which the sound comes later than the annotation, over the whole song.
  package var offset: Double
  /// The 90th percentile over parts of the song of how far the part's own offset is from `offset`,
  /// seconds; `nil` where no part has enough strokes.
  package var residual: Double?
  /// How far the highest correlation stands out of those at other offsets, in their standard
  /// deviations.
  package var clarity: Double

  /// 300 values a second.
  private static let hop = 147
  private static let rate = 44_100.0 / Double(hop)
  /// Farthest offset looked for, seconds: charts for another edition of a recording are farther off.
  private static let reach = 0.5
  /// The same within a part of the song.
  private static let localReach = 0.12
  /// Seconds of one part; every half of it another begins.
  private static let part = 20.0
  /// The share of the highest peak's height over the mean that another one needs to count as well, and
  /// how many steps around a peak there is no higher value.
  private static let nearly = 0.75
  private static let apart = 12
  /// Strokes that a part must have.
  private static let fewest = 12
  /// The envelopes' own lateness, seconds: an attack takes some milliseconds to rise in its band.
  /// Measured on rendered songs, whose strokes stand where their labels say.
  private static let lateness = 0.003

  /// `nil` where there are too few strokes to tell.
  /// - Parameter samples: mono, 44.1 kHz.
  package init?(of onsets: [Onset], in samples: [Float]) {
    guard onsets.count >= Self.fewest else { return nil }
    let envelopes = [
      Self.envelope(samples, .lowPass(frequency: 110)),
      Self.envelope(samples, .peak(frequency: 900, quality: 0.5, decibels: 0), highPass: 250),
      Self.envelope(samples, .highPass(frequency: 6_000)),
    ]
    let strokes = onsets.map { (place: $0.time * Self.rate, band: Self.band(of: $0.drum)) }
    let all = Self.correlation(strokes[...], envelopes, centre: 0, reach: Self.reach)
    let (lag, highest) = Self.peak(of: all, centre: 0)
    let mean = all.reduce(0, +) / Double(all.count)
    let deviation =
      (all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)).squareRoot()
    offset = lag / Self.rate - Self.lateness
    clarity = deviation > 0 ? (highest - mean) / deviation : 0
    residual = Self.residual(strokes, envelopes, around: lag)
  }

  private static func band(of drum: DrumClass) -> Int {
    switch drum {
    case .kick: 0
    case .snare, .tomHigh, .tomMid, .tomLow: 1
    case .hihat, .crash, .ride: 2
    }
  }

  /// The rise of a band's level, 0 where it does not rise, scaled to a mean of 1.
  private static func envelope(
    _ samples: [Float], _ filter: Biquad, highPass: Double? = nil
  ) -> [Double] {
    var band = samples
    Biquad.apply([filter] + (highPass.map { [.highPass(frequency: $0)] } ?? []), to: &band)
    let count = band.count / hop
    guard count > 2 else { return [] }
    var levels = [Double](repeating: 0, count: count)
    unsafe band.withUnsafeBufferPointer { band in
      for k in 0..<count {
        var energy: Float = 0
        for i in k * hop..<(k + 1) * hop { unsafe energy += band[i] * band[i] }
        levels[k] = Double(energy)
      }
    }
    let mean = max(levels.reduce(0, +) / Double(count), 1e-12)
    for k in 0..<count { levels[k] = log(1 + 100 * levels[k] / mean) }
    var rise = [Double](repeating: 0, count: count)
    for k in 1..<count { rise[k] = max(0, levels[k] - levels[k - 1]) }
    let scale = max(rise.reduce(0, +) / Double(count), 1e-12)
    return rise.map { $0 / scale }
  }

  /// The mean envelope under the strokes for every lag, in steps of one envelope value. The value of
  /// hop `k` stands for the time of its middle.
  private static func correlation(
    _ strokes: ArraySlice<(place: Double, band: Int)>, _ envelopes: [[Double]], centre: Double,
    reach: Double
  ) -> [Double] {
    let steps = Int(reach * rate)
    var result = [Double](repeating: 0, count: 2 * steps + 1)
    for stroke in strokes {
      let envelope = envelopes[stroke.band]
      let place = stroke.place + centre - 0.5
      let base = Int(place.rounded(.down))
      let fraction = place - Double(base)
      for step in -steps...steps {
        let i = base + step
        guard i >= 0, i + 1 < envelope.count else { continue }
        result[step + steps] += (1 - fraction) * envelope[i] + fraction * envelope[i + 1]
      }
    }
    return result.map { $0 / Double(strokes.count) }
  }

  /// The lag of the highest value, refined by a parabola, in envelope steps. Even sixteenths are
  /// nearly as like themselves a sixteenth later: of peaks that are nearly as high, the one nearest to
  /// the centre.
  private static func peak(
    of values: [Double], centre: Double
  ) -> (lag: Double, highest: Double) {
    let highest = values.max() ?? 0
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    let enough = mean + Self.nearly * (highest - mean)
    let peaks = values.indices.filter { i in
      let around = values[max(0, i - Self.apart)...min(values.count - 1, i + Self.apart)]
      return values[i] >= enough && around.allSatisfy { $0 <= values[i] }
    }
    let best = peaks.min { abs($0 - values.count / 2) < abs($1 - values.count / 2) } ?? 0
    var lag = Double(best - values.count / 2)
    if best > 0, best + 1 < values.count {
      let (a, b, c) = (values[best - 1], values[best], values[best + 1])
      let curve = a - 2 * b + c
      if curve < 0 { lag += 0.5 * (a - c) / curve }
    }
    return (centre + lag, highest)
  }

  private static func residual(
    _ strokes: [(place: Double, band: Int)], _ envelopes: [[Double]], around lag: Double
  ) -> Double? {
    var deviations: [Double] = []
    let step = part / 2 * rate
    var first = 0
    var start = strokes[0].place
    while start < strokes[strokes.count - 1].place {
      while first < strokes.count, strokes[first].place < start { first += 1 }
      var last = first
      while last < strokes.count, strokes[last].place < start + 2 * step { last += 1 }
      if last - first >= fewest {
        let values = correlation(
          strokes[first..<last], envelopes, centre: lag, reach: localReach)
        let mean = values.reduce(0, +) / Double(values.count)
        let (own, height) = peak(of: values, centre: lag)
        // A part without a clear maximum says nothing.
        if height > 1.5 * mean { deviations.append(abs(own - lag) / rate) }
      }
      start += step
    }
    guard !deviations.isEmpty else { return nil }
    deviations.sort()
    return deviations[min(deviations.count - 1, Int(0.9 * Double(deviations.count)))]
  }
}
