/// Passages of a song that keep one metre. Who plays 7/8 or 3/4 goes on with it; a bar here and there
/// was rather misheard.
enum MetrePassages {
  /// Bars of a passage, at least.
  private static let run = 8
  /// The share of a song that lies in passages with half bars if these are meant.
  private static let meant = 0.1

  /// Frames of each kind of bar that lie in passages of its metre: of all styles of 4/4 for each.
  static func lengths(in path: [BarLattice.Step]) -> [Int] {
    var lengths = [Int](repeating: 0, count: BarLanes.kinds)
    var (kind, bars, length) = (-1, 0, 0)
    func close() {
      if kind >= 0 && bars >= run { lengths[kind] += length }
    }
    for step in path {
      let next = BarKind.metre(of: BarLanes.kind[step.lane])
      if next != kind {
        close()
        (kind, bars, length) = (next, 0, 0)
      }
      if BarLanes.position[step.lane] == 0 { bars += 1 }
      length += step.length
    }
    close()
    return lengths.indices.map { lengths[BarKind.metre(of: $0)] }
  }

  /// Whether bars that end with half a beat (5/8, 7/8, 9/8, 11/8) are meant, and no slips of the
  /// tracker on to the off-beat and back.
  static func haveHalfBars(in path: [BarLattice.Step]) -> Bool {
    let halves = zip(BarKind.all, lengths(in: path)).reduce(0) { $0 + ($1.0.hasHalf ? $1.1 : 0) }
    return Double(halves) >= meant * Double(max(1, path.reduce(0) { $0 + $1.length }))
  }
}
