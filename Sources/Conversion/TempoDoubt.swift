internal import ChartFormat
internal import Transcription

/// Where the tempo map may be wrong: stretches in which the hits keep missing their places on the
/// grid, or stand on places that hardly any music uses.
enum TempoDoubt {
  /// Seconds to either side of a hit that are judged together.
  private static let reach = 2.0
  private static let fewestHits = 8
  /// Seconds. Rightly placed hits lie 5 ms from their grid lines; on a wrong tempo they lie anywhere
  /// between two lines, and the quantiser then reaches for thirty-seconds.
  private static let limit = 0.0145
  private static let oddPlace = 0.012
  /// Seconds; shorter doubts are fills and stumbles.
  private static let shortest = 4.0

  /// Stretches in seconds of the chart, ascending, not touching each other.
  static func spans(_ song: Transcription) -> [ClosedRange<Double>] {
    let map = song.tempoMap
    let hits = song.gridOnsets.map { hit in
      let time = map.seconds(at: hit.tick)
      return (time: time, error: abs(hit.onset.time - time) + (isOdd(hit.tick, map) ? oddPlace : 0))
    }.sorted { $0.time < $1.time }
    var spans: [ClosedRange<Double>] = []
    var (first, last) = (0, 0)
    var sum = 0.0
    for hit in hits {
      while last < hits.count, hits[last].time <= hit.time + reach {
        sum += hits[last].error
        last += 1
      }
      while hits[first].time < hit.time - reach {
        sum -= hits[first].error
        first += 1
      }
      guard last - first >= fewestHits, sum / Double(last - first) > limit else { continue }
      if let span = spans.last, hit.time - span.upperBound <= 2 * reach {
        spans[spans.count - 1] = span.lowerBound...hit.time
      } else {
        spans.append(hit.time...hit.time)
      }
    }
    return spans.filter { $0.upperBound - $0.lowerBound >= shortest }
  }

  /// Whether a place is on neither the sixteenths nor the triplets of its bar.
  private static func isOdd(_ tick: Tick, _ map: TempoMap) -> Bool {
    let metre = map.metres.last { $0.tick <= tick }
    let offset = (tick - (metre?.tick ?? .zero)).value
    return offset * 4 % map.resolution != 0 && offset * 3 % map.resolution != 0
  }
}
