package import Transcription

/// How well the beats and bar lines of a song were found, by one-to-one matching of times.
package struct BeatMatches: Hashable, Codable, Sendable {
  /// At 70 ms, the tolerance of the literature, and at 20 ms, which a chart needs.
  package var beats70 = MatchCounts()
  package var beats20 = MatchCounts()
  package var downbeats70 = MatchCounts()
  package var downbeats20 = MatchCounts()

  package init() {}

  package init(estimated: [Beat], annotated: [Beat]) {
    func counts(_ tolerance: Double, _ belongs: (Beat) -> Bool) -> MatchCounts {
      let estimates = estimated.filter(belongs).map(\.time)
      // What lies outside the annotated stretch is not judged.
      let references = annotated.filter(belongs).map(\.time)
      guard let first = annotated.first?.time, let last = annotated.last?.time else {
        return MatchCounts()
      }
      let inside = estimates.filter { $0 > first - 0.1 && $0 < last + 0.1 }
      let pairs = OnsetMatching.pairs(
        estimates: inside, references: references, tolerance: tolerance)
      return MatchCounts(
        matched: pairs.count, estimated: inside.count, annotated: references.count)
    }
    beats70 = counts(0.07) { _ in true }
    beats20 = counts(0.02) { _ in true }
    downbeats70 = counts(0.07) { $0.position == 1 }
    downbeats20 = counts(0.02) { $0.position == 1 }
  }

  package static func + (a: Self, b: Self) -> Self {
    var sum = Self()
    sum.beats70 = a.beats70 + b.beats70
    sum.beats20 = a.beats20 + b.beats20
    sum.downbeats70 = a.downbeats70 + b.downbeats70
    sum.downbeats20 = a.downbeats20 + b.downbeats20
    return sum
  }
}
