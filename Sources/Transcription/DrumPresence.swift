internal import DrumNet

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

  /// Whether drums play anywhere in a song: whether somewhere, within twice the reach, two kinds of
  /// them have half the company that a hit needs: slow grooves are sparse. What a network invents without drums is mostly of one
  /// kind, kicks in a bass line or cymbals in noise; nobody drums a whole song on one.
  ///
  /// - Parameter onsets: Ascending in time.
  package static func isPlayed(_ onsets: [Onset], needed: Int, duration: Double) -> Bool {
    guard duration >= shortest, needed > 0 else { return true }
    var evidence = [Double](repeating: 0, count: DrumFamily.allCases.count)
    var first = 0
    for onset in onsets {
      evidence[onset.drum.family.rawValue] += weight(onset)
      while onsets[first].time < onset.time - 4 * reach {
        evidence[onsets[first].drum.family.rawValue] -= weight(onsets[first])
        first += 1
      }
      if evidence.sorted(by: >)[1] >= Double(needed) / 2 { return true }
    }
    return false
  }

  static func weight(_ onset: Onset) -> Double { max(0, 2 * onset.confidence - 1) }
}
