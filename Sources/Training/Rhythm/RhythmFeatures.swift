internal import Glibc
internal import Transcription

/// How often a path uses each weight: the gradient of its score.
struct RhythmFeatures {
  /// Frames in which beats are counted.
  let range: Range<Int>
  let scores: RhythmScores
  let events: [RhythmEvent]
  /// In the shape of the weights.
  private(set) var counts = RhythmWeights()

  private var weights: RhythmWeights { scores.weights }
  /// A beat's period is counted with its neighbours', so that they learn together; frames.
  private static let blur = 6

  init(
    _ path: [BarLattice.Step], _ events: [RhythmEvent], _ scores: RhythmScores, in range: Range<Int>
  ) {
    self.events = events
    self.scores = scores
    self.range = range
    let empty = BarLattice.emptyFrames(events, range.upperBound + 2 * RhythmWeights.longest)
    var first = 0
    var previous: BarLattice.Step?
    for step in path {
      defer { previous = step }
      guard step.frame + step.length > range.lowerBound, step.frame < range.upperBound else {
        continue
      }
      counts.bias[step.lane] += 1
      if empty.indices.contains(step.frame), empty[step.frame] { counts.empty[step.lane] += 1 }
      countPeriod(step)
      if let previous { countChange(from: previous, to: step) }
      if BarLanes.position[step.lane] == 0 { countBar(step, after: previous) }
      while first < events.count, events[first].time < Float(step.frame) - 2 { first += 1 }
      countEvents(step, from: first)
    }
  }

  private mutating func countPeriod(_ step: BarLattice.Step) {
    let share = BarLanes.isHalf(step.lane) ? 0.5 : 1
    let width = Self.blur + 1
    for d in -Self.blur...Self.blur {
      let p = step.period - RhythmWeights.shortest + d
      guard counts.period.indices.contains(p) else { continue }
      counts.period[p] += share * Double(width - abs(d)) / Double(width * width)
    }
  }

  private mutating func countBar(_ step: BarLattice.Step, after previous: BarLattice.Step?) {
    let kind = BarLanes.kind[step.lane]
    let before = previous.map { BarLanes.kind[$0.lane] } ?? -1
    if before == kind {
      counts.stay[kind] += 1
    } else if BarKind.common.contains(kind), BarKind.common.contains(before) {
      counts.swap += 1
    } else {
      counts.enter[kind] += 1
    }
  }

  /// Which of the three ways of changing tempo the lattice would take.
  private mutating func countChange(from a: BarLattice.Step, to b: BarLattice.Step) {
    guard a.period != b.period else { return }
    let up = a.period < b.period
    let passed = up ? a.period + 1...b.period : b.period...a.period - 1
    let distance = passed.reduce(0.0) { $0 + 1 / Double($1) }
    let slope = weights.slope * distance
    if abs(a.period - b.period) == 1, weights.nudge >= slope {
      counts.nudge += 1
    } else if weights.jump > slope {
      counts.jump += 1
    } else {
      counts.slope += distance
    }
  }

  private mutating func countEvents(_ step: BarLattice.Step, from first: Int) {
    let kind = BarLanes.kind[step.lane]
    let kernel = RhythmScores.kernel(period: step.period - RhythmWeights.shortest)
    let count = RhythmScores.barPlaces(BarKind.all[kind])
    let sub = RhythmScores.places / RhythmWeights.places
    let end = BarLanes.isHalf(step.lane) ? RhythmScores.places / 2 : RhythmScores.places
    let seconds = Double(step.period) / RhythmWeights.framesPerSecond
    for event in events[first...] {
      let place = RhythmScores.place(
        of: event.time, in: step.frame, scale: Float(RhythmScores.places) / Float(step.period))
      if place >= end { break }
      guard place >= 0 else { continue }
      counts.density += log(seconds / RhythmWeights.middle)
      // Each 24th gets the share of the event that its own density explains.
      let at = BarLanes.position[step.lane] * RhythmScores.places + place
      var parts: [(index: Int, part: Double)] = []
      var total = RhythmScores.stray
      for (j, weight) in kernel.weights.enumerated() {
        let source = (at - (j - kernel.reach) + 2 * count) % count
        guard source % sub == 0 else { continue }
        let index = RhythmWeights.index(
          lane: RhythmScores.lane(kind: kind, at: source / sub), kind: event.kind.rawValue,
          place: source / sub % RhythmWeights.places)
        let part = (1 - RhythmScores.stray) * Double(weight) * exp(weights.fit[index])
        total += part
        parts.append((index, part))
      }
      for (index, part) in parts { counts.fit[index] += part / total }
    }
  }
}
