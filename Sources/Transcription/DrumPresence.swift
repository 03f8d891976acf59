/// Whether drums play at all around a hit.
///
/// Music without drums makes a network unsure, not silent: it hears half a kick in a bass note now
/// and then. Where drums play, most hits are beyond doubt. So a hit counts only in the company of
/// others whose confidences together leave little doubt that there are drums.
package enum DrumPresence {
  /// How far to each side company is looked for, in seconds: four bars at 96 BPM in all.
  static let reach = 5.0

  /// Those of the hits, ascending in time, around which lie at least `needed` hits beyond doubt,
  /// themselves included. A hit that is as likely false as real weighs nothing, a likelier one in
  /// proportion: many likely hits convince as a few certain ones do.
  package static func present(_ onsets: [Onset], needed: Int) -> [Onset] {
    present(onsets, needed: needed, onset: { $0 })
  }

  static func present<Hit>(_ hits: [Hit], needed: Int, onset: (Hit) -> Onset) -> [Hit] {
    var evidence = 0.0
    var first = 0
    var end = 0
    return hits.filter { hit in
      let time = onset(hit).time
      while end < hits.count, onset(hits[end]).time <= time + reach {
        evidence += weight(onset(hits[end]))
        end += 1
      }
      while onset(hits[first]).time < time - reach {
        evidence -= weight(onset(hits[first]))
        first += 1
      }
      // What was added and taken away again leaves a rest far below this.
      return evidence >= Double(needed) - 1e-6
    }
  }

  /// Seconds below which a recording is too short to tell a song without drums from a fill.
  static let shortest = 10.0

  /// Above this confidence a peak may be a hit.
  private static let possible = 0.3
  /// The least share of the possible hits that are beyond doubt where drums play.
  private static let leastSure = 0.2

  /// Whether drums play anywhere in a song: whether somewhere, within twice the reach to each side,
  /// as many peaks are beyond doubt as a hit needs company, and they are a fifth of all that may be
  /// hits. What a network invents where no drums play is nearly all doubtful, bass notes and
  /// consonants alike; what it hears of drums is mostly sure.
  ///
  /// - Parameters:
  ///   - peaks: Ascending in time, those far below their thresholds among them.
  ///   - sure: ``Calibration/sure``.
  package static func isPlayed(
    _ peaks: [Onset], needed: Int, sure: Double?, duration: Double
  ) -> Bool {
    guard let sure, needed > 0, duration >= shortest else { return true }
    let possible = peaks.filter { $0.confidence > Self.possible }
    var certain = 0
    var first = 0
    for (index, peak) in possible.enumerated() {
      if peak.confidence > sure { certain += 1 }
      while possible[first].time < peak.time - 4 * reach {
        if possible[first].confidence > sure { certain -= 1 }
        first += 1
      }
      let share = Double(certain) / Double(index + 1 - first)
      if certain >= needed && share >= leastSure { return true }
    }
    return false
  }

  static func weight(_ onset: Onset) -> Double { max(0, 2 * onset.confidence - 1) }
}
