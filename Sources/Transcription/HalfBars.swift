/// Bars that end with half a beat (5/8, 7/8, 9/8, 11/8): meant by those who play, or a slip of the
/// tracker on to the off-beat and back.
enum HalfBars {
  /// A metre that is meant goes on for this many bars.
  private static let run = 8
  /// The share of a song that lies in such runs if its half bars are meant.
  private static let meant = 0.1

  /// Whether a song has passages in such a metre.
  static func areMeant(in path: [BarLattice.Step]) -> Bool {
    var (inRuns, all) = (0, 0)
    var (kind, bars, length) = (-1, 0, 0)
    func close() {
      if bars >= run && kind >= 0 && BarKind.all[kind].hasHalf { inRuns += length }
    }
    for step in path {
      if BarLanes.kind[step.lane] != kind {
        close()
        (kind, bars, length) = (BarLanes.kind[step.lane], 0, 0)
      }
      if BarLanes.position[step.lane] == 0 { bars += 1 }
      length += step.length
      all += step.length
    }
    close()
    return Double(inRuns) >= meant * Double(max(1, all))
  }
}
