internal import DrumNet

/// Changes to what is played, the same throughout one piece.
package enum PerformanceVariation {
  /// - Parameter origin: charts get their cymbals assigned and everything a chart lacks.
  package static func vary(
    _ hits: [PerformedHit], origin: Performance.Origin, using generator: inout SeededGenerator
  ) -> [PerformedHit] {
    var result = hits
    switch origin {
    case .chart:
      result = cymbals(result, using: &generator)
      result = dynamics(result, using: &generator)
    case .song:
      if generator.chance(0.5) { result = swap(result, using: &generator) }
      if generator.chance(0.3) { result = dynamics(result, using: &generator) }
    case .played:
      if generator.chance(0.35) { result = swap(result, using: &generator) }
      if generator.chance(0.3) {
        let factor = generator.uniform(0.7, 1.4)
        result = mapVelocity(result) { 64 + ($0 - 64) * factor + (factor - 1) * 10 }
      }
    }
    if generator.chance(0.12) { result = moreGhosts(result, using: &generator) }
    if generator.chance(0.15) { result = without(result, using: &generator) }
    return result
  }

  /// What the pads of one chart stand for: blue is mostly the ride, green mostly the crash, and where
  /// the player keeps time on yellow it may be open hats. A blue cymbal far from all others is
  /// the drummer's other crash: hardly anybody strikes a ride once (decision 0080).
  private static func cymbals(
    _ hits: [PerformedHit], using generator: inout SeededGenerator
  ) -> [PerformedHit] {
    let blue = generator.pick([
      Articulation.rideBow, .rideBow, .rideBow, .rideBow, .hihatOpen, .crash2, .rideBell, .china,
    ])
    let green = generator.pick([
      Articulation.crash, .crash, .crash, .crash, .crash, .crash2, .china, .splash,
    ])
    let yellow = generator.pick([
      Articulation.hihatClosed, .hihatClosed, .hihatClosed, .hihatClosed, .hihatHalf, .hihatOpen,
    ])
    let openShare = generator.chance(0.5) ? generator.uniform(0, 0.15) : 0
    let otherCrash = generator.pick([Articulation.crash, .crash, .crash2])
    let struck = hits.filter { $0.articulation == .rideBow || $0.articulation == .crash }
      .map(\.beat)
    var next = 0
    return hits.map { hit in
      var hit = hit
      switch hit.articulation {
      case .hihatClosed: hit.articulation = generator.chance(openShare) ? .hihatOpen : yellow
      case .rideBow:
        while next < struck.count, struck[next] <= hit.beat { next += 1 }
        hit.articulation = isAlone(hit.beat, in: struck, before: next) ? otherCrash : blue
      case .crash: hit.articulation = green
      default: break
      }
      return hit
    }
  }

  /// - Parameters:
  ///   - beats: of all cymbals, ascending.
  ///   - next: The first of them after this one.
  private static func isAlone(_ beat: Double, in beats: [Double], before next: Int) -> Bool {
    let last = beats[..<next].last { $0 < beat }
    return (last.map { beat - $0 } ?? .infinity) > alone
      && (next < beats.count ? beats[next] - beat : .infinity) > alone
  }

  /// Beats to either side without another cymbal.
  private static let alone = 2.25

  /// Accents by place in the beat, ghost notes off the eighths, some unevenness.
  private static func dynamics(
    _ hits: [PerformedHit], using generator: inout SeededGenerator
  ) -> [PerformedHit] {
    let level = generator.uniform(82, 106)
    let depth = generator.uniform(0, 26)
    let unevenness = generator.uniform(3, 12)
    let ghosts = generator.chance(0.4) ? generator.uniform(0.1, 0.7) : 0
    return hits.map { hit in
      var hit = hit
      let place = hit.beat - hit.beat.rounded(.down)
      let distance = min(place, 1 - place)
      let isOffEighth = distance > 0.1 && abs(distance - 0.5) > 0.1
      let weight = distance < 0.1 ? 0.4 : isOffEighth ? -0.6 : -0.2
      var velocity = level + weight * depth + generator.normal(0, unevenness)
      if hit.articulation == .snare && isOffEighth && generator.chance(ghosts) {
        velocity = generator.uniform(20, 50)
      }
      if hit.articulation.drum == .crash { velocity += 8 }
      hit.velocity = min(127, max(10, Int(velocity)))
      return hit
    }
  }

  /// Plays one instrument's part on another: hats on the ride, snare on the toms, and so on.
  private static func swap(
    _ hits: [PerformedHit], using generator: inout SeededGenerator
  ) -> [PerformedHit] {
    let swaps: [[Articulation: Articulation]] = [
      [.hihatClosed: .rideBow, .rideBow: .hihatClosed],
      [.hihatClosed: .rideBell], [.hihatClosed: .hihatOpen], [.hihatClosed: .hihatHalf],
      [.hihatClosed: .crash], [.hihatClosed: .tomLow], [.hihatClosed: .rideEdge],
      [.rideBow: .crash, .crash: .rideBow], [.rideBow: .hihatOpen, .rideBell: .hihatClosed],
      [.snare: .tomHigh], [.snare: .tomMid], [.snare: .sidestick], [.snare: .snareRim],
      [.tomHigh: .tomMid, .tomMid: .tomLow, .tomLow: .tomHigh],
      [.tomHigh: .tomLow, .tomLow: .tomHigh], [.crash: .china], [.crash: .splash],
      [.kick: .tomLow], [.hihatClosed: .hihatPedal],
    ]
    let swap = generator.pick(swaps)
    return hits.map { hit in
      var hit = hit
      hit.articulation = swap[hit.articulation] ?? hit.articulation
      return hit
    }
  }

  /// Soft snare strokes between the others.
  private static func moreGhosts(
    _ hits: [PerformedHit], using generator: inout SeededGenerator
  ) -> [PerformedHit] {
    guard let first = hits.first, let last = hits.last else { return hits }
    var result = hits
    let density = generator.uniform(0.1, 0.5)
    let snares = Set(
      hits.filter { $0.articulation.drum == .snare }.map { ($0.beat * 4).rounded() })
    for sixteenth in Int(first.beat * 4)...Int(last.beat * 4)
    where sixteenth % 2 != 0 && !snares.contains(Double(sixteenth)) && generator.chance(density) {
      result.append(
        PerformedHit(
          beat: Double(sixteenth) / 4, articulation: .snare, velocity: generator.integer(18...45)))
    }
    return result.sorted { $0.beat < $1.beat }
  }

  /// Leaves one group of instruments out, so that the others are heard alone.
  private static func without(
    _ hits: [PerformedHit], using generator: inout SeededGenerator
  ) -> [PerformedHit] {
    switch generator.index(4) {
    case 0: hits.filter { $0.articulation != .kick }
    case 1: hits.filter { $0.articulation.drum != .snare }
    case 2: hits.filter { !$0.articulation.isHihat && $0.articulation.drum != .ride }
    default: hits.filter { $0.articulation != .kick && $0.articulation.drum != .snare }
    }
  }

  private static func mapVelocity(
    _ hits: [PerformedHit], _ change: (Double) -> Double
  ) -> [PerformedHit] {
    hits.map { hit in
      var hit = hit
      hit.velocity = min(127, max(5, Int(change(Double(hit.velocity)))))
      return hit
    }
  }

  /// Human unsteadiness for what stands on a grid: every stroke a few milliseconds off, the snare a
  /// little late or early throughout.
  package static func humanised(
    _ hits: [TimedHit], using generator: inout SeededGenerator
  ) -> [TimedHit] {
    let deviation = generator.uniform(0.001, 0.008)
    let snare = generator.normal(0, 0.004)
    let hands = generator.normal(0, 0.003)
    return hits.map { hit in
      var hit = hit
      hit.time += generator.normal(0, deviation)
      if hit.articulation.drum == .snare { hit.time += snare }
      if hit.articulation.drum == .hihat || hit.articulation.drum == .ride { hit.time += hands }
      return hit
    }.sorted { $0.time < $1.time }
  }

  /// Percussion that is not part of the kit: one or two instruments in a steady rhythm.
  package static func confusers(
    from start: Double, to end: Double, using generator: inout SeededGenerator
  ) -> [PerformedHit] {
    var result: [PerformedHit] = []
    for _ in 0..<generator.integer(1...2) {
      let variant = generator.index(1_000)
      let perBeat = generator.pick([1, 2, 2, 4])
      let pattern = (0..<16).map { _ in generator.chance(0.55) }
      let level = generator.uniform(50, 120)
      for i in Int(
        start * Double(perBeat))..<max(
          Int(start * Double(perBeat)), Int(end * Double(perBeat)))
      where pattern[((i % 16) + 16) % 16] {
        let velocity = min(127, max(20, Int(generator.normal(level, 12))))
        result.append(
          PerformedHit(
            beat: Double(i) / Double(perBeat), articulation: .percussion, velocity: velocity,
            variant: variant))
      }
    }
    return result.sorted { $0.beat < $1.beat }
  }
}
