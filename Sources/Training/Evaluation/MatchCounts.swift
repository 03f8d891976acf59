/// Hits, inventions and misses; adds up over songs and classes.
package struct MatchCounts: Hashable, Codable, Sendable {
  package var matched = 0
  package var estimated = 0
  package var annotated = 0

  package init(matched: Int = 0, estimated: Int = 0, annotated: Int = 0) {
    self.matched = matched
    self.estimated = estimated
    self.annotated = annotated
  }

  /// 0...1; 1 where nothing was estimated.
  package var precision: Double { estimated == 0 ? 1 : Double(matched) / Double(estimated) }
  /// 0...1; 1 where nothing was annotated.
  package var recall: Double { annotated == 0 ? 1 : Double(matched) / Double(annotated) }
  /// F-measure, 0...1: `2 matched / (estimated + annotated)`, 1 where both are empty.
  package var f: Double {
    estimated + annotated == 0 ? 1 : 2 * Double(matched) / Double(estimated + annotated)
  }

  package static func + (a: Self, b: Self) -> Self {
    Self(
      matched: a.matched + b.matched, estimated: a.estimated + b.estimated,
      annotated: a.annotated + b.annotated)
  }
}
