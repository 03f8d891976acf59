import Testing
import Training

/// The largest matching by augmenting paths: slow, and right by construction.
private func largestMatching(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Int {
  var partner = [Int?](repeating: nil, count: b.count)
  func augment(_ i: Int, _ seen: inout Set<Int>) -> Bool {
    for j in b.indices where abs(a[i] - b[j]) <= tolerance && seen.insert(j).inserted {
      if partner[j].map({ augment($0, &seen) }) ?? true {
        partner[j] = i
        return true
      }
    }
    return false
  }
  return a.indices.filter {
    var seen = Set<Int>()
    return augment($0, &seen)
  }.count
}

@Suite struct OnsetMatchingTests {
  @Test("Matches as many pairs as any matching could, each index once, within the tolerance")
  func isMaximum() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<300 {
      let a = (0..<Int.random(in: 0...12, using: &random))
        .map { _ in Double.random(in: 0..<1, using: &random) }.sorted()
      let b = (0..<Int.random(in: 0...12, using: &random))
        .map { _ in Double.random(in: 0..<1, using: &random) }.sorted()
      let pairs = OnsetMatching.pairs(estimates: a, references: b, tolerance: 0.08)
      #expect(pairs.count == largestMatching(a, b, 0.08))
      #expect(Set(pairs.map(\.estimate)).count == pairs.count)
      #expect(Set(pairs.map(\.reference)).count == pairs.count)
      #expect(pairs.allSatisfy { abs(a[$0.estimate] - b[$0.reference]) <= 0.08 })
    }
  }

  @Test("A hit 50 ms away counts and one 51 ms away does not")
  func toleranceIsInclusive() {
    #expect(OnsetMatching.pairs(estimates: [1], references: [1.0499], tolerance: 0.05).count == 1)
    #expect(OnsetMatching.pairs(estimates: [1], references: [1.0511], tolerance: 0.05).isEmpty)
  }
}
