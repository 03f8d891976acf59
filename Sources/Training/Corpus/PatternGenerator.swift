/// Invented drumming on any grid of beats: what human performances have too little of (toms, fast
/// double kick, rolls, crashes), and patterns that no habit predicts, so that a network must listen.
package enum PatternGenerator {
  private enum Style: CaseIterable {
    case groove, tomGroove, fills, doubleKick, blast, rolls, random, exercise, sparse
    case cymbals, toms

    static let weights: [Double] = [3, 2, 3.5, 1.5, 0.8, 1.2, 2, 1, 0.8, 2, 2]
  }

  /// Strokes from one beat to another.
  package static func hits(
    on grid: BeatGrid, from start: Double, to end: Double, using generator: inout SeededGenerator
  ) -> [PerformedHit] {
    var result: [PerformedHit] = []
    var beat = Int(start.rounded(.up))
    while beat > 0 && beat < grid.count && grid.positions[beat] != 1 { beat -= 1 }
    let groove = Groove(using: &generator)
    var style = Style.allCases[generator.weighted(Style.weights)]
    let persistence = generator.uniform(0.6, 1)
    while Double(beat) < end {
      var length = 1
      while length < 12, beat + length < grid.count, grid.positions[max(0, beat + length)] != 1 {
        length += 1
      }
      if beat >= grid.count { length = 4 }
      if !generator.chance(persistence) {
        style = Style.allCases[generator.weighted(Style.weights)]
      }
      let seconds = grid.beatLength(at: Double(beat))
      let bar = Bar(start: Double(beat), beats: length, secondsPerBeat: seconds)
      result += hits(of: style, in: bar, groove: groove, using: &generator)
      beat += length
    }
    return result.filter { $0.beat >= start && $0.beat < end }.sorted { $0.beat < $1.beat }
  }

  struct Bar {
    var start: Double
    var beats: Int
    var secondsPerBeat: Double
  }

  /// The habits of one piece.
  private struct Groove {
    var timekeeper: Articulation
    /// Strokes of the timekeeper per beat.
    var subdivision: Int
    var kick: [Bool]
    var ghosts: Double
    var dynamics: Double

    init(using generator: inout SeededGenerator) {
      timekeeper = generator.pick([
        .hihatClosed, .hihatClosed, .hihatOpen, .rideBow, .rideBow, .rideBell, .crash, .china,
        .hihatPedal, .rideEdge,
      ])
      subdivision = generator.pick([1, 2, 2, 2, 3, 4])
      let density = generator.uniform(0.15, 0.5)
      kick = (0..<16).map { $0 == 0 || generator.chance($0 % 4 == 0 ? density + 0.2 : density) }
      ghosts = generator.chance(0.5) ? generator.uniform(0, 0.35) : 0
      dynamics = generator.uniform(4, 18)
    }
  }

  private static func hits(
    of style: Style, in bar: Bar, groove: Groove, using generator: inout SeededGenerator
  ) -> [PerformedHit] {
    switch style {
    case .groove: return beatPattern(bar, groove, groove.timekeeper, &generator)
    case .tomGroove:
      let drum = generator.pick([Articulation.tomLow, .tomLow, .tomMid, .tomHigh])
      return beatPattern(bar, groove, drum, &generator)
    case .fills:
      let from = generator.chance(0.4) ? 0 : Double(max(0, bar.beats - generator.integer(1...2)))
      let before = beatPattern(bar, groove, groove.timekeeper, &generator)
        .filter { $0.beat < bar.start + from }
      return before + fill(bar, from: from, &generator)
    case .doubleKick:
      let rest = beatPattern(bar, groove, groove.timekeeper, &generator)
        .filter { $0.articulation != .kick }
      return rest + run(of: [.kick], bar, seconds: 0.06...0.16, level: 88, &generator)
    case .blast: return blast(bar, groove, &generator)
    case .rolls:
      let drums: [Articulation] = generator.pick([
        [.snare], [.snare], [.tomLow], [.tomHigh], [.tomMid], [.snare, .tomHigh],
        [.hihatClosed], [.rideBow], [.crash], [.kick, .snare],
      ])
      return run(of: drums, bar, seconds: 0.05...0.125, level: 80, &generator)
    case .random: return random(bar, &generator)
    case .exercise: return exercise(bar, &generator)
    case .cymbals: return cymbals(bar, groove, &generator)
    case .toms: return toms(bar, groove, &generator)
    case .sparse:
      return beatPattern(bar, groove, groove.timekeeper, &generator).filter { _ in
        generator.chance(0.3)
      }
    }
  }

  private static func velocity(
    _ level: Double, _ spread: Double, _ generator: inout SeededGenerator
  ) -> Int {
    min(127, max(10, Int(generator.normal(level, spread))))
  }

  private static func beatPattern(
    _ bar: Bar, _ groove: Groove, _ timekeeper: Articulation,
    _ generator: inout SeededGenerator
  ) -> [PerformedHit] {
    var result: [PerformedHit] = []
    let spread = groove.dynamics
    func add(_ beat: Double, _ articulation: Articulation, _ level: Double) {
      let velocity = velocity(level, spread, &generator)
      result.append(
        PerformedHit(beat: bar.start + beat, articulation: articulation, velocity: velocity))
    }
    for i in 0..<bar.beats * groove.subdivision where !generator.chance(0.04) {
      let onBeat = i % groove.subdivision == 0
      let open = timekeeper == .hihatClosed && generator.chance(0.07)
      add(
        Double(i) / Double(groove.subdivision), open ? .hihatOpen : timekeeper, onBeat ? 98 : 76)
    }
    for sixteenth in 0..<bar.beats * 4 {
      let beat = Double(sixteenth) / 4
      if groove.kick[sixteenth % 16] != generator.chance(0.06) { add(beat, .kick, 100) }
      let backbeat = sixteenth % 8 == 4
      if backbeat != generator.chance(0.03) {
        add(beat, generator.chance(0.1) ? .snareRim : .snare, 108)
      } else if sixteenth % 2 == 1 && generator.chance(groove.ghosts) {
        add(beat, .snare, 36)
      }
    }
    if generator.chance(0.3) { add(0, generator.pick([.crash, .crash2, .splash, .china]), 108) }
    return result
  }

  /// A run down or about the toms.
  private static func fill(
    _ bar: Bar, from: Double, _ generator: inout SeededGenerator
  ) -> [PerformedHit] {
    let order: [Articulation] = generator.pick([
      [.tomHigh, .tomMid, .tomLow], [.snare, .tomHigh, .tomMid, .tomLow], [.tomHigh, .tomLow],
      [.tomMid, .tomLow], [.tomLow, .tomMid, .tomHigh], [.tomHigh, .tomMid], [.snare, .tomLow],
    ])
    let perBeat = generator.pick([2, 3, 4, 4, 4, 6, 8])
    // Faster than 60 ms no drummer moves between drums.
    let rate = Double(min(perBeat, max(2, Int(bar.secondsPerBeat / 0.06))))
    let count = Int((Double(bar.beats) - from) * rate)
    let wander = generator.chance(0.35)
    let kicks = generator.chance(0.35) ? generator.uniform(0.1, 0.6) : 0
    var result: [PerformedHit] = []
    for i in 0..<max(0, count) where !generator.chance(0.08) {
      let drum = wander ? generator.pick(order) : order[i * order.count / max(1, count)]
      let beat = bar.start + from + Double(i) / rate
      let accent = i % Int(rate) == 0 ? 108.0 : 92
      result.append(
        PerformedHit(beat: beat, articulation: drum, velocity: velocity(accent, 13, &generator)))
      if generator.chance(0.04) {
        // A flam or two drums at once.
        result.append(
          PerformedHit(
            beat: beat, articulation: generator.pick(order), velocity: velocity(95, 13, &generator))
        )
      }
      if generator.chance(kicks) {
        result.append(
          PerformedHit(
            beat: beat, articulation: .kick, velocity: velocity(98, 10, &generator)))
      }
    }
    return result
  }

  /// An even run of strokes, alternating between drums, over a part of the bar.
  private static func run(
    of drums: [Articulation], _ bar: Bar, seconds: ClosedRange<Double>, level: Double,
    _ generator: inout SeededGenerator
  ) -> [PerformedHit] {
    let wanted = generator.logUniform(seconds.lowerBound, seconds.upperBound)
    let grids = [2.0, 3, 4, 6, 8, 12]
    let perBeat =
      grids.min {
        abs(bar.secondsPerBeat / $0 - wanted) < abs(bar.secondsPerBeat / $1 - wanted)
      } ?? 4
    let from = Double(generator.index(bar.beats))
    let to = Double(generator.integer(Int(from) + 1...bar.beats))
    let swell = generator.uniform(-25, 25)
    let count = Int((to - from) * perBeat)
    return (0..<count).map { i in
      let accent = i % Int(perBeat) == 0 ? 12.0 : 0
      let shape = swell * (Double(i) / Double(max(1, count)) - 0.5)
      return PerformedHit(
        beat: bar.start + from + Double(i) / perBeat, articulation: drums[i % drums.count],
        velocity: velocity(level + accent + shape, 8, &generator))
    }
  }

  private static func blast(
    _ bar: Bar, _ groove: Groove, _ generator: inout SeededGenerator
  ) -> [PerformedHit] {
    let perBeat = bar.secondsPerBeat > 0.45 ? 8 : 4
    let cymbal = generator.pick([
      groove.timekeeper, .rideBow, .hihatOpen, .crash, .china, .hihatClosed,
    ])
    let together = generator.chance(0.3)
    return (0..<bar.beats * perBeat).flatMap { i -> [PerformedHit] in
      let beat = bar.start + Double(i) / Double(perBeat)
      let onKick = i % 2 == 0
      var drums: [Articulation] = together || onKick ? [.kick] : []
      if together ? i % 2 == 0 : !onKick { drums.append(.snare) }
      if onKick { drums.append(cymbal) }
      return drums.map {
        PerformedHit(beat: beat, articulation: $0, velocity: velocity(92, 9, &generator))
      }
    }
  }

  /// Any drum at any sixteenth, independent of all others.
  private static func random(_ bar: Bar, _ generator: inout SeededGenerator) -> [PerformedHit] {
    let drums: [Articulation] = [
      .kick, .snare, .snareRim, .sidestick, .hihatClosed, .hihatOpen, .hihatPedal, .tomHigh,
      .tomMid, .tomLow, .crash, .crash2, .china, .splash, .rideBow, .rideBell, .rideEdge,
    ]
    let chosen = drums.shuffled(using: &generator).prefix(generator.integer(3...9))
    var result: [PerformedHit] = []
    for drum in chosen {
      let density = generator.uniform(0.05, 0.3)
      for i in 0..<bar.beats * 4 where generator.chance(density) {
        let beat = bar.start + (Double(i) + generator.uniform(-0.2, 0.2)) / 4
        result.append(
          PerformedHit(
            beat: beat, articulation: drum, velocity: velocity(85, 24, &generator)))
      }
    }
    return result
  }

  /// Crashes and rides in each other's place: time kept on one, accents on the other.
  private static func cymbals(
    _ bar: Bar, _ groove: Groove, _ generator: inout SeededGenerator
  ) -> [PerformedHit] {
    let crashes: [Articulation] = [.crash, .crash2, .crash, .china, .splash]
    let rides: [Articulation] = [.rideBow, .rideBow, .rideEdge, .rideBell]
    let keepsOnRide = generator.chance(0.6)
    let keeper = generator.pick(keepsOnRide ? rides : crashes)
    let accent = generator.pick(keepsOnRide ? crashes : rides)
    let density = generator.uniform(0.1, 0.5)
    var result = beatPattern(bar, groove, keeper, &generator)
    for beat in stride(from: 0, to: Double(bar.beats), by: 0.5) where generator.chance(density) {
      let place = bar.start + beat
      // An accent takes the keeper's place, as one hand plays both.
      result.removeAll { $0.articulation == keeper && abs($0.beat - place) < 0.2 }
      result.append(
        PerformedHit(beat: place, articulation: accent, velocity: velocity(104, 12, &generator)))
      if generator.chance(0.6) {
        result.append(
          PerformedHit(beat: place, articulation: .kick, velocity: velocity(100, 10, &generator)))
      }
    }
    return result
  }

  /// The middle tom beside its neighbours: short figures that go round two or three of them.
  private static func toms(
    _ bar: Bar, _ groove: Groove, _ generator: inout SeededGenerator
  ) -> [PerformedHit] {
    let figure: [Articulation] = generator.pick([
      [.tomMid, .tomHigh], [.tomMid, .tomLow], [.tomHigh, .tomMid, .tomLow],
      [.tomHigh, .tomHigh, .tomMid, .tomMid, .tomLow, .tomLow], [.tomMid, .tomMid, .tomLow],
      [.tomLow, .tomMid, .tomHigh, .tomMid], [.tomMid],
    ])
    let perBeat = generator.pick([1, 2, 2, 3, 4])
    let rests = generator.uniform(0, 0.4)
    let rest = beatPattern(bar, groove, groove.timekeeper, &generator)
    let keeps = generator.chance(0.5)
    var result = rest.filter { keeps || $0.articulation == .kick }
    for i in 0..<bar.beats * perBeat where !generator.chance(rests) {
      result.append(
        PerformedHit(
          beat: bar.start + Double(i) / Double(perBeat), articulation: figure[i % figure.count],
          velocity: velocity(94, 16, &generator)))
    }
    return result
  }

  /// One or two drums alone, as in intros and breaks.
  private static func exercise(_ bar: Bar, _ generator: inout SeededGenerator) -> [PerformedHit] {
    let drums: [Articulation] = [
      .kick, .snare, .tomHigh, .tomMid, .tomLow, .crash, .rideBow, .hihatOpen, .hihatClosed,
      .sidestick,
    ]
    let pair = [generator.pick(drums), generator.pick(drums)]
    let perBeat = generator.pick([1, 2, 2, 3, 4])
    return (0..<bar.beats * perBeat).compactMap { i in
      guard generator.chance(0.75) else { return nil }
      return PerformedHit(
        beat: bar.start + Double(i) / Double(perBeat), articulation: generator.pick(pair),
        velocity: velocity(90, 18, &generator))
    }
  }
}
