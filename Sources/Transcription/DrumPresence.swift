/// Whether drums play at all around a hit.
///
/// Music without drums makes a network unsure, not silent: it hears half a kick in a bass note now
/// and then. Where drums play, most hits are beyond doubt: on rendered mixes two thirds of them, six
/// a second; in the same songs without drums there was one in 15 s. So a hit counts only in the
/// company of such hits.
package enum DrumPresence {
  /// A hit with at least this confidence is beyond doubt.
  static let certain = 0.9
  /// How far to each side company is looked for, in seconds: four bars at 96 BPM in all.
  static let reach = 5.0

  /// Those of the hits, ascending in time, with at least `needed` hits beyond doubt around them,
  /// themselves included.
  package static func present(_ onsets: [Onset], needed: Int) -> [Onset] {
    let certain = onsets.filter { $0.confidence >= Self.certain }.map(\.time)
    var first = 0
    var end = 0
    return onsets.filter { onset in
      while end < certain.count, certain[end] <= onset.time + reach { end += 1 }
      while first < end, certain[first] < onset.time - reach { first += 1 }
      return end - first >= needed
    }
  }
}
