#if canImport(Glibc)
  private import Glibc
#endif

/// What a first pass over a song says about the tempos and metres that it uses; the second pass
/// expects more of the same. This is what keeps the octave and the metre of a song stable.
package struct SongPrior: Sendable {
  /// Per beat, by period.
  let period: [Float]
  /// Per bar, by kind.
  let kind: [Float]

  /// How strongly rare periods and kinds are held against a beat or a bar (times the logarithm of
  /// their share), and the most that can be held against them.
  private static let periodWeight = 0.6
  private static let periodLimit = 2.0
  private static let kindWeight = 1.0
  private static let kindLimit = 6.0
  /// A kind of bar that fills no passage (``MetrePassages``) is held this many times as strongly.
  private static let misheard: Float = 2
  /// Half bars that do not stand in passages of their own are taken for slips in a song to a click,
  /// and unless they fill this share of another; what is held against one of them then.
  private static let manyHalves = 0.15
  private static let slip: Float = 30
  /// Width of the histogram of periods, as a ratio: tempo that breathes is one tempo.
  private static let width = 0.05
  /// Share below which all are equally rare.
  private static let floor = 1e-3

  /// - Parameter hasClick: Whether the song was played to a click; such a song means no half bars.
  package init(_ path: [BarLattice.Step], hasClick: Bool) {
    var periods = [Double](repeating: 0, count: RhythmWeights.periods)
    var kinds = [Double](repeating: 0, count: BarLanes.kinds)
    for step in path {
      for p in periods.indices {
        let ratio = Double(p + RhythmWeights.shortest) / Double(step.period)
        let distance = log(ratio) / Self.width
        periods[p] += Double(step.length) * exp(-0.5 * distance * distance)
      }
      kinds[BarLanes.kind[step.lane]] += Double(step.length)
    }
    // The styles of 4/4 are one metre.
    let common = kinds[BarKind.common].reduce(0, +)
    for k in BarKind.common { kinds[k] = common }
    period = Self.penalties(periods, Self.periodWeight, Self.periodLimit)
    var kind = Self.penalties(kinds, Self.kindWeight, Self.kindLimit)
    let passages = MetrePassages.lengths(in: path)
    for k in kind.indices where passages[k] == 0 { kind[k] *= Self.misheard }
    let halves = kinds.indices.filter { BarKind.all[$0].hasHalf }
    let length = Double(path.reduce(0) { $0 + $1.length })
    let areMany = halves.reduce(0) { $0 + kinds[$1] } >= Self.manyHalves * length
    if hasClick || !(areMany || MetrePassages.haveHalfBars(in: path)) {
      for k in halves { kind[k] = -Self.slip }
    }
    self.kind = kind
  }

  private static func penalties(_ shares: [Double], _ weight: Double, _ limit: Double) -> [Float] {
    let top = max(shares.max() ?? 0, .leastNormalMagnitude)
    return shares.map { Float(max(-limit, weight * log($0 / top + floor))) }
  }
}
