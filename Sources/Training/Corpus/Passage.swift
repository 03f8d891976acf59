/// A stretch of a performance moved onto another grid's beats.
struct Passage {
  /// In beats of the grid.
  var hits: [PerformedHit]
  /// The beat of the grid up to which it reaches: a bar line, or the end that was asked for.
  var end: Double

  /// A passage that begins at a random bar line of the performance, or `nil` where its bars do not
  /// agree with the grid's, where it would have to be played more than 1.4 times faster or slower, or
  /// where next to nothing is played.
  init?(
    _ performance: Performance, on grid: BeatGrid, from: Double, to: Double,
    using generator: inout SeededGenerator
  ) {
    let own = performance.grid
    let first = max(0, Int(from.rounded(.up)))
    let last = min(grid.count - 1, Int(to))
    guard last > first, let anchor = (first...last).first(where: { grid.positions[$0] == 1 }),
      let lastHit = performance.hits.last?.beat
    else { return nil }
    let lines = own.positions.indices.filter {
      own.positions[$0] == 1 && Double($0) <= max(1, lastHit - 3)
    }
    guard !lines.isEmpty else { return nil }
    // Prefer a start after which enough is left for the whole stretch.
    let early = lines.filter { Double($0) <= lastHit - (to - from) }
    let offset = generator.pick(early.isEmpty ? lines : early) - anchor
    let close = own.positions.indices.first { Double($0) > lastHit && own.positions[$0] == 1 }
    let stop = min(to, Double((close ?? own.count - 1) - offset))
    guard stop > from,
      grid.agrees(
        with: own, offset: offset,
        range: anchor...max(anchor, min(last, Int(stop.rounded(.up)) - 1)))
    else { return nil }
    let middle = (max(from, Double(anchor)) + stop) / 2
    let ratio = own.beatLength(at: middle + Double(offset)) / grid.beatLength(at: middle)
    guard (0.7...1.4).contains(ratio) else { return nil }
    let slice = performance.hits(from: from + Double(offset), to: stop + Double(offset))
    guard slice.count >= 4 else { return nil }
    hits = slice.map {
      var hit = $0
      hit.beat -= Double(offset)
      return hit
    }
    end = stop
  }
}
