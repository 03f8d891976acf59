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

  static func weight(_ onset: Onset) -> Double { max(0, 2 * onset.confidence - 1) }
}
