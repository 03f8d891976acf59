internal import DrumNet

/// Two hits of one drum that are closer than a rhythm has them: one stroke detected twice, or a flam.
enum DoubleHits {
  /// Hits of one class closer than this are one, seconds; real double strokes begin near 55 ms, and
  /// the times of both have an error.
  private static let reach = 0.036

  /// Seconds from the grace note of a flam to its stroke, and the seconds before and after in which
  /// the snare is silent: in drags and rolls it is not.
  private static let flam = 0.015...0.055
  private static let silence = 0.1
  /// Loudness of a grace note as a share of its stroke's, at most, and of the stroke, at least: two
  /// taps of equal loudness are a loose hand.
  private static let grace = 0.85
  private static let loud = 50
  /// Confidence of both.
  private static let sure = 0.6

  /// A snare stroke with a grace note becomes a flam; of other near repeats the more confident stays.
  /// Ascending in time.
  static func merged(_ onsets: [Onset]) -> [Onset] {
    let sorted = withFlams(
      onsets.sorted { ($0.time, $0.drum.rawValue) < ($1.time, $1.drum.rawValue) })
    var last: [Int?] = Array(repeating: nil, count: DrumClass.allCases.count)
    var keep = [Bool](repeating: true, count: sorted.count)
    for (i, onset) in sorted.enumerated() {
      if let previous = last[onset.drum.rawValue],
        onset.time - sorted[previous].time < reach
      {
        if sorted[previous].confidence >= onset.confidence {
          keep[i] = false
          continue
        }
        keep[previous] = false
      }
      last[onset.drum.rawValue] = i
    }
    return sorted.indices.filter { keep[$0] }.map { sorted[$0] }
  }

  /// The hits without the grace notes of flams.
  private static func withFlams(_ sorted: [Onset]) -> [Onset] {
    let snares = sorted.indices.filter { sorted[$0].drum == .snare }
    var onsets = sorted
    var graces: Set<Int> = []
    func gap(_ k: Int) -> Double {
      k > 0 && k < snares.count ? sorted[snares[k]].time - sorted[snares[k - 1]].time : .infinity
    }
    for k in snares.indices.dropFirst()
    where flam.contains(gap(k)) && gap(k - 1) > silence && gap(k + 1) > silence {
      let (first, stroke) = (sorted[snares[k - 1]], sorted[snares[k]])
      guard min(first.confidence, stroke.confidence) >= sure, stroke.velocity >= loud,
        Double(first.velocity) <= grace * Double(stroke.velocity)
      else { continue }
      graces.insert(snares[k - 1])
      onsets[snares[k]].isFlam = true
    }
    return onsets.indices.filter { !graces.contains($0) }.map { onsets[$0] }
  }
}
