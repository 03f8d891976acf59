internal import ChartFormat

/// Marks the kicks of fast runs that a second foot plays, so that one foot can play the rest.
///
/// The rule of Onyx: in a run of kicks under 0.18 s apart every other kick is the second foot's; a
/// lone pair only when it is under 0.11 s apart.
enum SecondKicks {
  static let runGap = 0.18
  static let pairGap = 0.11

  static func mark(_ hits: [Hit]) -> [Hit] {
    var hits = hits
    let kicks = hits.indices.filter { hits[$0].pad == .kick }
    var run: [Int] = []
    for kick in kicks {
      if let last = run.last, hits[kick].time - hits[last].time >= runGap {
        alternate(run, in: &hits)
        run = []
      }
      run.append(kick)
    }
    alternate(run, in: &hits)
    return hits
  }

  /// The first kick of a run is the first foot's. In a run that slows down, a kick is the second
  /// foot's only where the first foot has just struck.
  private static func alternate(_ run: [Int], in hits: inout [Hit]) {
    guard run.count > 1 else { return }
    if run.count == 2, hits[run[1]].time - hits[run[0]].time >= pairGap { return }
    var firstFoot = hits[run[0]].time
    for k in run.indices.dropFirst() {
      let gap = hits[run[k]].time - hits[run[k - 1]].time
      let isLast = k == run.count - 1
      // The last of a run has a neighbour on one side only: it is a pair with the one before.
      let limit = isLast ? pairGap : runGap
      let wasFirst = !hits[run[k - 1]].isSecondKick
      if hits[run[k]].time - firstFoot < pairGap || (wasFirst && gap < limit) {
        hits[run[k]].isSecondKick = true
      } else {
        firstFoot = hits[run[k]].time
      }
    }
  }
}
