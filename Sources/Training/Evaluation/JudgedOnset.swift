package import DrumNet
package import Transcription

/// One onset that was annotated, heard, or both (within 50 ms and in the same of eight classes).
package struct JudgedOnset: Sendable {
  package var drum: DrumClass
  /// `nil`: missed.
  package var estimate: Onset?
  /// `nil`: invented.
  package var annotation: Onset?
  /// Which stroke of what speed it is, where it was annotated.
  package var interval: OnsetInterval?

  /// Seconds.
  package var time: Double { (annotation ?? estimate)!.time }

  /// Every onset of a song, by class, then by time.
  static func judge(estimated: [Onset], annotated: [Onset]) -> [JudgedOnset] {
    DrumClass.allCases.flatMap { drum in
      let estimates = estimated.filter { $0.drum == drum }.sorted { $0.time < $1.time }
      let references = annotated.filter { $0.drum == drum }.sorted { $0.time < $1.time }
      let pairs = OnsetMatching.pairs(
        estimates: estimates.map(\.time), references: references.map(\.time), tolerance: 0.05)
      let partners = Dictionary(uniqueKeysWithValues: pairs.map { ($0.reference, $0.estimate) })
      let matched = Set(pairs.map(\.estimate))
      let real = references.indices.map { index in
        JudgedOnset(
          drum: drum, estimate: partners[index].map { estimates[$0] },
          annotation: references[index], interval: OnsetInterval(of: index, in: references))
      }
      let invented = estimates.indices.filter { !matched.contains($0) }.map {
        JudgedOnset(drum: drum, estimate: estimates[$0], annotation: nil, interval: nil)
      }
      return (real + invented).sorted { $0.time < $1.time }
    }
  }
}

/// How soon after its predecessor, or before its successor, a drum is struck again: fast double
/// kick and rolls are missed first.
package enum OnsetInterval: Int, CaseIterable, Codable, Sendable {
  case below60, to120, to250, above250

  /// Upper ends in seconds of all but the last.
  private static let ends = [0.06, 0.12, 0.25]

  package var title: String {
    ["below 60 ms", "60-120 ms", "120-250 ms", "above 250 ms"][rawValue]
  }

  init(seconds: Double) {
    // A grid of exactly 60 ms belongs to the second, whatever the rounding of its times.
    let index = Self.ends.firstIndex { seconds < $0 - 1e-6 } ?? Self.ends.count
    self = Self.allCases[index]
  }

  /// Of one of the ascending onsets of a class.
  init(of index: Int, in onsets: [Onset]) {
    var least = Double.infinity
    if index > 0 { least = onsets[index].time - onsets[index - 1].time }
    if index + 1 < onsets.count {
      least = min(least, onsets[index + 1].time - onsets[index].time)
    }
    self.init(seconds: least)
  }
}
