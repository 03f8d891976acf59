internal import ChartFormat
internal import DrumNet

/// Beats of a song that are played alike, judged together.
///
/// What a drummer repeats is meant to be the same: beats with the same drums in the same order, each
/// about as far from the beat, share the average of their distances. The average of many hits is
/// surer than any of them, and beats with equal distances are written equally.
enum BeatMemory {
  /// Hits farther from the average than this are another figure, seconds: three standard deviations
  /// of a hit's time.
  private static let near = 0.02

  private struct Figure {
    /// Sums of the distances from the beat, seconds.
    var sums: [Double]
    var count: Int
    var cells: [Int]

    func distance(_ times: [Double]) -> Double {
      zip(sums, times).reduce(0) { max($0, abs($1.0 / Double(count) - $1.1)) }
    }
  }

  /// The beats with every strike where it is on average.
  ///
  /// - Parameter drums: of each hit that the strikes name.
  static func recalled(_ cells: [BeatCell], drums: [DrumClass]) -> [BeatCell] {
    var figures: [[UInt16]: [Figure]] = [:]
    for (index, cell) in cells.enumerated() {
      let key =
        [UInt16(cell.length)]
        + cell.strikes.map { strike in
          strike.onsets.reduce(UInt16(0)) { $0 | 1 << UInt16(drums[$1].rawValue) }
        }
      let times = cell.strikes.map { $0.offset * cell.tickSeconds }
      var known = figures[key, default: []]
      let nearest = known.indices.min { known[$0].distance(times) < known[$1].distance(times) }
      if let nearest, known[nearest].distance(times) < near {
        known[nearest].sums = zip(known[nearest].sums, times).map { $0 + $1 }
        known[nearest].count += 1
        known[nearest].cells.append(index)
      } else {
        known.append(Figure(sums: times, count: 1, cells: [index]))
      }
      figures[key] = known
    }
    var result = cells
    for figure in figures.values.joined() where figure.count > 1 {
      for index in figure.cells {
        for (s, sum) in figure.sums.enumerated() {
          result[index].strikes[s].offset = sum / Double(figure.count) / cells[index].tickSeconds
        }
      }
    }
    return result
  }
}
