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

  /// Passages of this piece one after the other, each from one bar line to another, as if somebody had
  /// put the song together differently. Of hits on a grid; `nil` where there are too few bars.
  func spliced(seconds: Double, using random: inout SeededGenerator) -> BeatPiece? {
    let lines = beats.indices.filter { beats[$0].position == 1 }
    guard lines.count > Self.passageBars.upperBound else { return nil }
    var result = self
    (result.hits, result.beats) = ([], [])
    var end = 0.0
    while end < seconds {
      let bars = random.integer(Self.passageBars)
      let first = random.index(lines.count - bars)
      let (from, to) = (lines[first], lines[first + bars])
      let (start, stop) = (beats[from].time, beats[to].time)
      result.beats += beats[from..<to].map {
        Beat(time: $0.time - start + end, position: $0.position)
      }
      result.hits += hits.filter { start - Self.early..<stop - Self.early ~= $0.time }
        .map { Onset(time: max(end, $0.time - start + end), drum: $0.drum) }
      end += stop - start
    }
    return result.hits.isEmpty ? nil : result
  }

  /// Bars of a passage.
  private static let passageBars = 2...16
  /// Seconds before a bar line from which on a hit belongs to it.
  private static let early = 0.01

  /// Something that nobody played, on a grid with changes of metre and tempo that are rare in what
  /// people play.
  static func invented(seconds: Double, using random: inout SeededGenerator) -> BeatPiece? {
    var times: [Double] = [0]
    var positions: [Int] = []
    var beat = 60 / random.logUniform(slowest, fastest)
    var metre = random.pick(metres)
    var halves: Set<Int> = []
    while times[times.count - 1] < seconds {
      if random.chance(changes) { metre = random.pick(metres) }
      if random.chance(changes) {
        beat =
          random.chance(0.5)
          ? 60 / random.logUniform(slowest, fastest)
          : min(
            60 / slowest, max(60 / fastest, beat * random.pick([2.0 / 3, 3.0 / 4, 4.0 / 3, 1.5])))
      }
      for position in 1...metre.beats {
        positions.append(position)
        times.append(times[times.count - 1] + beat)
      }
      if metre.hasHalf {
        halves.insert(positions.count)
        positions.append(metre.beats + 1)
        times.append(times[times.count - 1] + beat / 2)
      }
    }
    positions.append(1)
    let grid = BeatGrid(times: times, positions: positions)
    let hits = PatternGenerator.hits(
      on: grid, from: 0, to: Double(grid.count - 1), using: &random)
    return BeatPiece(hits.compactMap { $0.cut(toHalf: halves) }, on: grid)
  }

  /// BPM.
  private static let slowest = 66.0
  private static let fastest = 190.0
  private static let metres: [(beats: Int, hasHalf: Bool)] =
    [4, 4, 4, 4, 4, 4, 3, 3, 5, 6, 7, 2].map { ($0, false) } + [3, 3, 3, 2, 4].map { ($0, true) }
  /// How often metre and tempo change, per bar.
  private static let changes = 0.03
}

extension PerformedHit {
  /// What is left of a hit where some beats are only half as long: 7/8 is played as 4/4 that begins
  /// anew an eighth early.
  func cut(toHalf halves: Set<Int>) -> PerformedHit? {
    let whole = beat.rounded(.down)
    guard halves.contains(Int(whole)) else { return self }
    guard beat - whole < 0.5 else { return nil }
    var hit = self
    hit.beat = whole + 2 * (beat - whole)
    return hit
  }
}
