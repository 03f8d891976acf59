internal import Glibc
internal import Transcription

/// The weights that learning begins with: how often drums are hit at each place of each kind of
/// bar, counted in human charts.
enum RhythmStart {
  private static let drums = 5
  private static let places = RhythmWeights.places
  /// Hits of an average bar that are added to what was counted, for kinds of bar that are rare.
  private static let prior = 30.0
  /// Share of hits that may stand anywhere.
  private static let anywhere = 0.05

  /// Counts per drum and place.
  private typealias Table = [[Double]]

  static func weights(_ lessons: [RhythmLesson], using random: inout SeededGenerator)
    -> RhythmWeights
  {
    let bars = lessons.flatMap(bars)
    let straight = bars.filter { BarKind.common.contains($0.kind) }.map(\.hits)
    let base = normalised(sum(straight, 4 * places))
    let triplets = BarKind.all.firstIndex { $0.isCompound && $0.beats == 4 } ?? 0
    let compound = normalised(sum(bars.filter { $0.kind == triplets }.map(\.hits), 4 * places))
    let styles = styles(straight, base, using: &random)
    var weights = RhythmWeights()
    for (k, kind) in BarKind.all.enumerated() {
      var table: Table
      if BarKind.common.contains(k) {
        table = styles[k - BarKind.common.lowerBound]
      } else {
        table = stretched(kind.isCompound ? compound : base, kind)
        let counted = sum(bars.filter { $0.kind == k }.map(\.hits), table[0].count)
        for d in 0..<drums {
          for p in table[d].indices { table[d][p] = table[d][p] * prior + counted[d][p] }
        }
      }
      table = normalised(table)
      for d in 0..<drums {
        for p in table[d].indices {
          let at = RhythmWeights.index(
            lane: RhythmScores.lane(kind: k, at: p), kind: d, place: p % places)
          let density = table[d][p] * Double(table[d].count)
          weights.fit[at] = log((1 - anywhere) * density + anywhere)
        }
      }
    }
    weights.enter = BarKind.all.indices.map {
      BarKind.common.contains($0) ? -4 : BarKind.all[$0].hasHalf ? -7 : -6
    }
    (weights.swap, weights.nudge, weights.slope, weights.jump) = (-1.5, -0.3, -60, -14)
    return weights
  }

  /// The hits of each bar that the lattice can express: drum and place.
  private static func bars(_ lesson: RhythmLesson)
    -> [(kind: Int, hits: [(drum: Int, place: Int)])]
  {
    var result: [(kind: Int, hits: [(drum: Int, place: Int)])] = []
    var n = 0
    let notes = lesson.song.notes
    for (bar, next) in zip(lesson.bars, lesson.bars.dropFirst()) {
      guard let kind = bar.kind else { continue }
      let count = RhythmScores.barPlaces(BarKind.all[kind]) * places / RhythmScores.places
      let start = lesson.times[bar.beat]
      let end = lesson.times[next.beat]
      let half = (end - start) / Double(count) / 2
      while n < notes.count, notes[n].time < start - half { n += 1 }
      var hits: [(drum: Int, place: Int)] = []
      var i = n
      while i < notes.count, notes[i].time < end - half {
        let place = Int(((notes[i].time - start) / (end - start) * Double(count)).rounded())
        let event = RhythmEvent.Kind(notes[i].drum)
        hits.append((event.rawValue, min(count - 1, max(0, place))))
        i += 1
      }
      result.append((kind, hits))
    }
    return result
  }

  private static func sum(_ bars: [[(drum: Int, place: Int)]], _ count: Int) -> Table {
    var table = Table(repeating: [Double](repeating: 1e-9, count: count), count: drums)
    for hit in bars.joined() { table[hit.drum][hit.place] += 1 }
    return table
  }

  /// Each drum's row sums to one.
  private static func normalised(_ table: Table) -> Table {
    table.map { row in
      let total = row.reduce(0, +)
      return row.map { $0 / total }
    }
  }

  /// A bar of four beats as a bar of another length: the first beat and the last stay, the ones
  /// between are all the average of the second and third.
  private static func stretched(_ four: Table, _ kind: BarKind) -> Table {
    let beats = kind.beats + (kind.hasHalf ? 1 : 0)
    return normalised(
      four.map { row in
        func beat(_ i: Int) -> [Double] { Array(row[i * places..<(i + 1) * places]) }
        let middle = zip(beat(1), beat(2)).map { ($0 + $1) / 2 }
        let between = (0..<max(0, beats - 2)).flatMap { _ in middle }
        let last = kind.hasHalf ? Array(beat(3).prefix(places / 2)) : beat(3)
        return beat(0) + between + last
      })
  }

  private static let iterations = 60
  /// How many hits of the average bar each style begins with.
  private static let stylePrior = 60.0
  /// Hits of one bar repeat each other: their likelihood counts this much.
  private static let temperature = 0.8

  /// The styles of 4/4: a mixture of independent places, by expectation maximisation.
  private static func styles(
    _ bars: [[(drum: Int, place: Int)]], _ base: Table, using random: inout SeededGenerator
  ) -> [Table] {
    let count = BarKind.common.count
    let size = base[0].count
    // Runs of bars of one song begin in one style.
    let run = 64
    var first = 0
    var shares = bars.indices.map { i -> [Double] in
      if i % run == 0 { first = random.integer(0...count - 1) }
      return (0..<count).map { $0 == first ? 0.7 : 0.3 / Double(count - 1) }
    }
    var tables: [Table] = []
    for _ in 0..<iterations {
      tables = (0..<count).map { k in
        var table = base.map { $0.map { $0 * stylePrior } }
        for (bar, share) in zip(bars, shares) {
          for hit in bar { table[hit.drum][hit.place] += share[k] }
        }
        return normalised(table).map { $0.map { 0.96 * $0 + 0.04 / Double(size) } }
      }
      let logs = tables.map { $0.map { $0.map { log($0) } } }
      let prior = (0..<count).map { k in
        log(shares.reduce(0) { $0 + $1[k] } / Double(max(1, shares.count)))
      }
      for i in bars.indices {
        let scores = (0..<count).map { k in
          bars[i].reduce(prior[k]) { $0 + temperature * logs[k][$1.drum][$1.place] }
        }
        let top = scores.max() ?? 0
        let powers = scores.map { exp($0 - top) }
        let total = powers.reduce(0, +)
        shares[i] = powers.map { $0 / total }
      }
    }
    return tables
  }
}
