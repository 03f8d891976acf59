/// What can be counted in a chart: for `inspect`, for reports and for tests.
package struct ChartFacts: Hashable, Sendable, Codable {
  /// A place of the kit as a player sees it.
  package enum Lane: Int, CaseIterable, Codable, Sendable {
    case kick, red, yellowTom, blueTom, greenTom, yellowCymbal, blueCymbal, greenCymbal

    package init(_ note: DrumNote) {
      switch note.pad {
      case .kick: self = .kick
      case .red: self = .red
      case .yellow: self = note.isCymbal ? .yellowCymbal : .yellowTom
      case .blue: self = note.isCymbal ? .blueCymbal : .blueTom
      case .green: self = note.isCymbal ? .greenCymbal : .greenTom
      }
    }

    package var name: String {
      switch self {
      case .kick: "kick"
      case .red: "red"
      case .yellowTom: "yellow tom"
      case .blueTom: "blue tom"
      case .greenTom: "green tom"
      case .yellowCymbal: "yellow cymbal"
      case .blueCymbal: "blue cymbal"
      case .greenCymbal: "green cymbal"
      }
    }
  }

  package struct Tier: Hashable, Sendable, Codable {
    package var notes = 0
    /// By `Lane.rawValue`.
    package var lanes = [Int](repeating: 0, count: Lane.allCases.count)
    package var secondKicks = 0
    package var ghosts = 0
    package var accents = 0
    /// Positions with at least one note.
    package var groups = 0
    /// Positions with two hands.
    package var chords = 0
    /// From the first to the last note.
    package var notesPerSecond = 0.0
    /// Most notes in any one second.
    package var peakDensity = 0

    package func share(_ lane: Lane) -> Double {
      notes == 0 ? 0 : Double(lanes[lane.rawValue]) / Double(notes)
    }
  }

  package var tiers: [Difficulty: Tier]
  /// Seconds; `nil` in a chart without notes.
  package var firstNote: Double?
  package var lastNote: Double?
  package var end: Double?
  package var bars: Int
  package var tempoMarkers: Int
  /// Lowest, by time most common, and highest tempo in BPM.
  package var slowest: Double
  package var typicalTempo: Double
  package var fastest: Double
  package var starPower: Int
  package var fills: Int
  package var solos: Int
  package var rolls: Int
  package var sections: Int

  /// Seconds from the first to the last note.
  package var playedTime: Double { (lastNote ?? 0) - (firstNote ?? 0) }

  package init(_ chart: Chart) {
    let map = chart.tempoMap
    let top = chart.tracks.max { $0.key < $1.key }?.value ?? DrumTrack()
    let ticks = chart.tracks.values.compactMap { $0.notes.first?.tick }
    let last = chart.tracks.values.compactMap { $0.notes.last?.tick }.max()
    firstNote = ticks.min().map { map.seconds(at: $0) }
    lastNote = last.map { map.seconds(at: $0) }
    end = chart.end.map { map.seconds(at: $0) }
    tiers = chart.tracks.mapValues { Self.count($0.notes, map) }
    let finish = max(last ?? .zero, chart.end ?? .zero)
    bars = max(0, map.barLines(through: finish).count - 1)
    tempoMarkers = map.tempos.count
    let tempos = Self.tempoRange(map, through: max(finish, Tick(1)))
    (slowest, typicalTempo, fastest) = (tempos.slowest, tempos.typical, tempos.fastest)
    starPower = top.starPower.count
    fills = top.fills.count
    solos = top.solos.count
    rolls = top.singleRolls.count + top.doubleRolls.count
    sections = chart.sections.count
  }

  private static func count(_ notes: [DrumNote], _ map: TempoMap) -> Tier {
    var tier = Tier()
    var hands = 0
    var previous: Tick?
    let times = notes.map { map.seconds(at: $0.tick) }
    var oldest = 0
    for (i, note) in notes.enumerated() {
      if note.tick != previous {
        tier.groups += 1
        hands = 0
      }
      previous = note.tick
      if note.pad != .kick { hands += 1 }
      if note.pad != .kick, hands == 2 { tier.chords += 1 }
      tier.lanes[Lane(note).rawValue] += 1
      if note.isSecondKick { tier.secondKicks += 1 }
      if note.dynamic == .ghost { tier.ghosts += 1 }
      if note.dynamic == .accent { tier.accents += 1 }
      while times[i] - times[oldest] >= 1 { oldest += 1 }
      tier.peakDensity = max(tier.peakDensity, i - oldest + 1)
    }
    tier.notes = notes.count
    if let first = times.first, let last = times.last, last > first {
      tier.notesPerSecond = Double(notes.count) / (last - first)
    }
    return tier
  }

  /// Tempos that are in force for at least a hundredth of the song: stops and skips are left out.
  private static func tempoRange(
    _ map: TempoMap, through end: Tick
  ) -> (slowest: Double, typical: Double, fastest: Double) {
    var times: [Int: Double] = [:]
    for (i, tempo) in map.tempos.enumerated() where tempo.tick < end {
      let until = i + 1 < map.tempos.count ? min(map.tempos[i + 1].tick, end) : end
      let beats = Double((until - tempo.tick).value) / Double(map.resolution)
      times[tempo.tempo.value, default: 0] += beats * tempo.tempo.secondsPerBeat
    }
    let total = times.values.reduce(0, +)
    let common = times.filter { $0.value >= total / 100 }
    let range = (common.isEmpty ? times : common).keys.map { Double($0) / 1_000 }
    // The weighted median.
    var passed = 0.0
    var typical = 0.0
    for (tempo, time) in times.sorted(by: { $0.key < $1.key }) {
      typical = Double(tempo) / 1_000
      passed += time
      if passed >= total / 2 { break }
    }
    return (range.min() ?? typical, typical, range.max() ?? typical)
  }
}
