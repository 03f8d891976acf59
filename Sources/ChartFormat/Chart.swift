package enum Difficulty: Int, CaseIterable, Comparable, Codable, Sendable {
  case easy, medium, hard, expert
  package static func < (a: Difficulty, b: Difficulty) -> Bool { a.rawValue < b.rawValue }

  /// As games show it.
  package var name: String {
    switch self {
    case .easy: "Easy"
    case .medium: "Medium"
    case .hard: "Hard"
    case .expert: "Expert"
    }
  }
}

/// A stretch of the highway, `length` ticks from `start`.
package struct Phrase: Hashable, Sendable {
  package var start: Tick
  package var length: Tick
  package init(start: Tick, length: Tick) {
    self.start = start
    self.length = length
  }
}

/// One tier of the drum part. Notes ascend by tick, then by pad.
package struct DrumTrack: Hashable, Sendable {
  package var notes: [DrumNote] = []
  package var starPower: [Phrase] = []
  /// Activation lanes; the note on `start + length` is the activation note.
  package var fills: [Phrase] = []
  package var singleRolls: [Phrase] = []
  package var doubleRolls: [Phrase] = []
  package var solos: [Phrase] = []
  package init() {}
}

package struct Section: Hashable, Sendable {
  package var tick: Tick
  package var name: String
  package init(tick: Tick, name: String) {
    self.tick = tick
    self.name = name
  }
}

/// A whole drum chart: what `notes.chart` (or `notes.mid`) and `song.ini` say together.
package struct Chart: Hashable, Sendable {
  package var metadata: SongMetadata
  package var tempoMap: TempoMap
  package var tracks: [Difficulty: DrumTrack]
  package var sections: [Section]
  /// Where the `end` event stands.
  package var end: Tick?

  package init(
    metadata: SongMetadata, tempoMap: TempoMap, tracks: [Difficulty: DrumTrack],
    sections: [Section] = [], end: Tick? = nil
  ) {
    self.metadata = metadata
    self.tempoMap = tempoMap
    self.tracks = tracks
    self.sections = sections
    self.end = end
  }
}
