/// One-to-one matching of estimated with annotated times, as `mir_eval.onset` defines it.
package enum OnsetMatching {
  /// Pairs `(estimate, reference)` of indices at most `tolerance` seconds apart, each index used
  /// once, as many pairs as possible. Both lists ascend; on a line, taking the earliest pair that
  /// fits first is a maximum matching.
  package static func pairs(
    estimates: [Double], references: [Double], tolerance: Double
  ) -> [(estimate: Int, reference: Int)] {
    var pairs: [(estimate: Int, reference: Int)] = []
    var e = 0
    var r = 0
    while e < estimates.count, r < references.count {
      let distance = estimates[e] - references[r]
      if abs(distance) <= tolerance {
        pairs.append((e, r))
        e += 1
        r += 1
      } else if distance < 0 {
        e += 1
      } else {
        r += 1
      }
    }
    return pairs
  }
}
