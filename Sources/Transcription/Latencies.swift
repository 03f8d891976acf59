internal import ChartFormat
private import DrumNet

/// How late each drum sounds against the grid, all through a song.
struct Latencies {
  private var seconds = [Double](repeating: 0, count: DrumClass.allCases.count)

  /// Fewer hits say nothing about a drum.
  private static let leastHits = 24
  /// Less than this is left as it is: it moves no hit to another line. Seconds.
  private static let least = 0.003
  /// More than this is not latency but another rhythm. Seconds.
  private static let most = 0.03

  /// Whether any drum is to be moved.
  var isAudible: Bool { seconds.contains { $0 != 0 } }

  init(of hits: [GridOnset], on map: TempoMap) {
    var errors = [[Double]](repeating: [], count: seconds.count)
    for hit in hits {
      errors[hit.onset.drum.rawValue].append(hit.onset.time - map.seconds(at: hit.tick))
    }
    for (drum, all) in errors.enumerated() where all.count >= Self.leastHits {
      let median = all.sorted()[all.count / 2]
      if abs(median) >= Self.least { seconds[drum] = min(Self.most, max(-Self.most, median)) }
    }
  }

  /// The time at which a hit would sound without its drum's latency.
  func corrected(_ onset: Onset) -> Double { onset.time - seconds[onset.drum.rawValue] }

  /// A hit with the corrected time as it sounded.
  func original(_ onset: Onset) -> Onset {
    var onset = onset
    onset.time += seconds[onset.drum.rawValue]
    return onset
  }
}
