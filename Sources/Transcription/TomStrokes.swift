internal import DrumNet

/// One stroke sounds one tom.
///
/// A tom of a kit that the network does not know lies between two that it knows, and both classes
/// answer. Of toms heard at once only one was struck, unless each is beyond doubt (decision 0078).
enum TomStrokes {
  /// Seconds within which two toms are one stroke.
  static let together = 0.031
  /// An activation beyond doubt.
  static let certain = 0.85

  /// Without the toms beside which another one rises further above its threshold.
  ///
  /// - Parameter candidates: Ascending in time.
  static func single(_ candidates: [PeakPicking.Candidate]) -> [PeakPicking.Candidate] {
    let all = candidates.filter { $0.onset.drum.family == .toms }
    var first = 0
    return candidates.filter { candidate in
      guard candidate.onset.drum.family == .toms, candidate.value < certain else { return true }
      while all[first].onset.time <= candidate.onset.time - together { first += 1 }
      return !all[first...].prefix { $0.onset.time < candidate.onset.time + together }
        .contains { $0.onset.drum != candidate.onset.drum && outdoes($0, candidate) }
    }
  }

  private static func outdoes(
    _ one: PeakPicking.Candidate, _ other: PeakPicking.Candidate
  ) -> Bool {
    let (one, other) = (
      (one.value / one.threshold, one.onset.drum.rawValue),
      (other.value / other.threshold, other.onset.drum.rawValue)
    )
    return one > other
  }
}
