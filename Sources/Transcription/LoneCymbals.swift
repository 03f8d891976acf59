internal import DrumNet

/// A cymbal that is struck once is a crash.
///
/// A ride is played in rows. On a kit that the network does not know a softly struck crash sounds
/// like a ride; but far from all other cymbals it hardly ever is one (decision 0080).
enum LoneCymbals {
  /// Seconds to each side without another cymbal; a row in quarters at 50 BPM leaves no such gap.
  static let alone = 1.2
  /// Seconds within which two cymbals are one stroke.
  static let together = 0.08
  /// The activation from which on a peak keeps a cymbal company, whether it is a hit or not.
  static let likely = 0.4
  /// The activation from which on a lone ride is one.
  static let certain = 0.97

  /// The hits among the peaks, lone strokes on the ride as crashes.
  ///
  /// - Parameters:
  ///   - peaks: All of a song, ascending in time, judged by what the rest of it says.
  ///   - heard: The same as the network heard them.
  static func crashes(
    in peaks: [PeakPicking.Candidate], heard: [PeakPicking.Candidate]
  ) -> [PeakPicking.Candidate] {
    let cymbals = zip(peaks, heard).filter { peak, heard in
      peak.onset.drum.family == .cymbals && (peak.isHit || heard.value >= likely)
    }.map(\.0)
    var first = 0
    return peaks.compactMap { peak in
      guard peak.isHit else { return nil }
      guard peak.onset.drum == .ride, peak.value < certain else { return peak }
      let time = peak.onset.time
      while cymbals[first].onset.time <= time - alone { first += 1 }
      let near = cymbals[first...].prefix { $0.onset.time < time + alone }
      guard near.allSatisfy({ abs($0.onset.time - time) < together }) else { return peak }
      if near.contains(where: { $0.isHit && $0.onset.drum == .crash }) { return nil }
      var crash = peak
      crash.onset.drum = .crash
      return crash
    }
  }
}
