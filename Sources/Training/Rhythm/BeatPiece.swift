internal import DrumNet
internal import Transcription

/// Drumming whose beats are known.
package struct BeatPiece: Sendable {
  /// Ascending.
  private(set) var hits: [Onset]
  private(set) var beats: [Beat]

  package init(_ song: ChartSong) {
    hits = song.notes.map { Onset(time: $0.time, drum: $0.drum) }
    beats = song.beats.map { Beat(time: $0.time, position: $0.position) }
  }

  /// `nil` where there is too little to tell a beat from.
  package init?(_ performance: Performance) {
    self.init(performance.hits, on: performance.grid)
  }

  private init?(_ performed: [PerformedHit], on grid: BeatGrid) {
    hits = performed.compactMap { hit in
      hit.articulation.drum.map { Onset(time: grid.time(at: hit.beat), drum: $0) }
    }
    .sorted { $0.time < $1.time }
    guard let first = hits.first?.time, let last = hits.last?.time,
      last - first > Self.shortest
    else { return nil }
    beats = zip(grid.times, grid.positions).filter { first - 2...last + 0.5 ~= $0.0 }
      .map { Beat(time: $0, position: $1) }
  }

  /// Seconds of drumming that teach something.
  private static let shortest = 8.0

  /// Something that nobody played, on a grid with changes of metre and tempo that are rare in what
  /// people play.
  static func invented(seconds: Double, using random: inout SeededGenerator) -> BeatPiece? {
    var times: [Double] = [0]
    var positions: [Int] = []
    var beat = 60 / random.logUniform(slowest, fastest)
    var metre = random.pick(metres)
    while times[times.count - 1] < seconds {
      if random.chance(changes) { metre = random.pick(metres) }
      if random.chance(changes) {
        beat =
          random.chance(0.5)
          ? 60 / random.logUniform(slowest, fastest)
          : min(
            60 / slowest, max(60 / fastest, beat * random.pick([2.0 / 3, 3.0 / 4, 4.0 / 3, 1.5])))
      }
      for position in 1...metre {
        positions.append(position)
        times.append(times[times.count - 1] + beat)
      }
    }
    positions.append(1)
    let grid = BeatGrid(times: times, positions: positions)
    let hits = PatternGenerator.hits(
      on: grid, from: 0, to: Double(grid.count - 1), using: &random)
    return BeatPiece(hits, on: grid)
  }

  /// BPM.
  private static let slowest = 66.0
  private static let fastest = 190.0
  private static let metres = [4, 4, 4, 4, 4, 4, 3, 3, 5, 6, 7, 2]
  /// How often metre and tempo change, per bar.
  private static let changes = 0.03
}
