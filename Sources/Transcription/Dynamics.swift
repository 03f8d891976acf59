internal import ChartFormat
internal import DrumNet

/// Ghosts and accents from velocities. Strict: a wrong ghost costs trust, a missing one nothing,
/// so nothing is marked where the velocities of the song do not fall apart by themselves.
enum Dynamics {
  /// A ghost is at most this share of the loud strokes' velocity.
  private static let ghostShare = 0.45
  /// The quiet strokes have to end this far (in velocity) below the others.
  private static let clearGap = 12
  private static let accentShare = 1.3

  static func mark(_ hits: [Hit], grid: BarGrid) -> [Hit] {
    var hits = hits
    markGhosts(&hits, grid: grid)
    markAccents(&hits)
    return hits
  }

  /// Quiet snare strokes between the beats.
  private static func markGhosts(_ hits: inout [Hit], grid: BarGrid) {
    let snares = hits.indices.filter { hits[$0].drum == .snare && hits[$0].pad == .red }
    guard snares.count >= 16 else { return }
    let velocities = snares.map { hits[$0].velocity }.sorted()
    let loud = velocities[velocities.count * 3 / 4]
    let limit = Int(ghostShare * Double(loud))
    let quiet = velocities.filter { $0 <= limit }
    let others = velocities.filter { $0 > limit }
    // Funk has more ghosts than backbeats, but not many more; and there is a gap between them.
    guard quiet.count >= 4, quiet.count <= 2 * others.count,
      let highest = quiet.last, let tenth = others.dropFirst(others.count / 10).first,
      tenth - highest >= clearGap
    else { return }
    for i in snares where hits[i].velocity <= limit && grid.weight(of: hits[i].tick) > .beat {
      // A snare doubled by another hand is a backbeat, however it was heard.
      let isAlone = !hits[max(0, i - 2)..<min(hits.count, i + 3)].contains {
        $0.tick == hits[i].tick && $0.isHand && $0.drum == .crash
      }
      if isAlone { hits[i].dynamic = .ghost }
    }
  }

  /// Drum strokes clearly above the usual ones of the same drum.
  private static func markAccents(_ hits: inout [Hit]) {
    for pad in [DrumPad.red, .yellow, .blue, .green] {
      let lane = hits.indices.filter {
        hits[$0].pad == pad && !hits[$0].isCymbal && hits[$0].dynamic == .normal
      }
      guard lane.count >= 24 else { continue }
      let velocities = lane.map { hits[$0].velocity }.sorted()
      let limit = Int(accentShare * Double(velocities[velocities.count / 2]))
      let loud = lane.filter { hits[$0].velocity >= limit }
      guard loud.count >= 4, loud.count * 6 <= lane.count else { continue }
      for i in loud { hits[i].dynamic = .accent }
    }
  }
}
