/// ``DrumPresence`` for hits that come one by one: what follows is not known yet, so what went before
/// is looked at for twice as long.
struct LiveCompany {
  let needed: Int
  private var recent: [Onset] = []
  private static let reach = 2 * DrumPresence.reach

  init(needed: Int) { self.needed = needed }

  /// Those of the next hits, ascending in time, that stand where drums play.
  mutating func present(_ onsets: [Onset]) -> [Onset] {
    recent += onsets
    return onsets.filter { onset in
      recent.removeAll { $0.time < onset.time - Self.reach }
      let evidence = recent.reduce(0) { $0 + DrumPresence.weight($1) }
      return evidence >= Double(needed)
    }
  }
}
