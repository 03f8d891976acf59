/// Seconds that several runs of one thing took, in the order of the runs.
package struct Timings: Hashable, Sendable {
  package let seconds: [Double]

  /// - Parameter seconds: At least one.
  package init(_ seconds: [Double]) {
    precondition(!seconds.isEmpty, "nothing was measured")
    self.seconds = seconds
  }

  package var median: Double { Self.quantile(0.5, of: seconds) }
  package var best: Double { Self.quantile(0, of: seconds) }
  /// The middle half of the runs lies this far apart, as a share of the median.
  package var spread: Double {
    (Self.quantile(0.75, of: seconds) - Self.quantile(0.25, of: seconds)) / median
  }

  /// How many times as long as `other` these runs took: the median over the rounds, of which each
  /// held one run of both. A computer that is slower for a while is so for both.
  package func ratio(to other: Timings) -> Double {
    precondition(seconds.count == other.seconds.count, "both ran in every round")
    return Self.quantile(0.5, of: zip(seconds, other.seconds).map { $0 / $1 })
  }

  /// The value below which the share `part` of the values lies, between two of them in proportion.
  static func quantile(_ part: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    let place = part * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}
