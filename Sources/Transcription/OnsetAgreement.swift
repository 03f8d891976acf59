package import DrumNet

/// How far two ways of hearing the same song agree.
package struct OnsetAgreement: Sendable {
  /// Hits of both that are the same one, and hits of each.
  package private(set) var both = 0
  package private(set) var first = 0
  package private(set) var second = 0

  /// Seconds: what music research calls the same onset.
  package static let tolerance = 0.05

  /// Of one class, or of all.
  package init(_ a: [Onset], _ b: [Onset], of classes: [DrumClass] = DrumClass.allCases) {
    for drum in classes {
      let left = a.filter { $0.drum == drum }.map(\.time).sorted()
      let right = b.filter { $0.drum == drum }.map(\.time).sorted()
      first += left.count
      second += right.count
      var j = 0
      for time in left {
        while j < right.count, right[j] < time - Self.tolerance { j += 1 }
        guard j < right.count, right[j] <= time + Self.tolerance else { continue }
        both += 1
        j += 1
      }
    }
  }

  /// 0...1; 1 also where neither hears anything.
  package var fMeasure: Double {
    first + second == 0 ? 1 : 2 * Double(both) / Double(first + second)
  }
}
