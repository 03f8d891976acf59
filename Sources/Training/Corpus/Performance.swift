/// One stroke, placed in beats so that it can be moved onto another piece's beats.
package struct PerformedHit: Hashable, Sendable {
  /// Beats from the start of its performance.
  package var beat: Double
  package var articulation: Articulation
  /// 1...127.
  package var velocity: Int
  /// Which of several instruments of the articulation plays (percussion keys).
  package var variant: Int

  package init(beat: Double, articulation: Articulation, velocity: Int, variant: Int = 0) {
    self.beat = beat
    self.articulation = articulation
    self.velocity = velocity
    self.variant = variant
  }
}

/// What a drummer plays, without any sound.
package struct Performance: Sendable {
  package enum Origin: Sendable {
    /// Played by a person: timing and dynamics are kept.
    case played
    /// Written on a grid without dynamics: both are humanised.
    case chart
    /// A MIDI song: on a grid, velocities written by the author.
    case song
  }

  package var name: String
  package var origin: Origin
  /// Ascending in beat.
  package var hits: [PerformedHit]
  package var grid: BeatGrid

  package init(name: String, origin: Origin, hits: [PerformedHit], grid: BeatGrid) {
    self.name = name
    self.origin = origin
    self.hits = hits.sorted { $0.beat < $1.beat }
    self.grid = grid
  }

  /// Seconds from the start of the grid to the last stroke.
  package var seconds: Double { hits.last.map { grid.time(at: $0.beat) } ?? 0 }

  /// The strokes of a range of beats.
  package func hits(from start: Double, to end: Double) -> ArraySlice<PerformedHit> {
    let low = firstIndex { $0.beat >= start }
    let high = firstIndex { $0.beat >= end }
    return hits[low..<max(low, high)]
  }

  /// The first index from which on `holds` is true; it must be false before and true after.
  private func firstIndex(where holds: (PerformedHit) -> Bool) -> Int {
    var low = 0
    var high = hits.count
    while low < high {
      let middle = (low + high) / 2
      if holds(hits[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
