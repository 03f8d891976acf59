internal import Glibc
package import Transcription

/// Learns the weights of the beat tracker from human charts.
///
/// A structured perceptron (Collins, "Discriminative training methods for hidden Markov models",
/// EMNLP 2002) over the lattice itself: a stretch of a song is tracked, and the weights move by how
/// often the true path uses each weight more than the path that was found. What is kept is the
/// average over the last two thirds of the steps.
package struct RhythmTrainer {
  package struct Progress: Sendable {
    package var epoch: Int
    /// F-measures of beats and bar lines on what was learned from, before each step, at 70 ms.
    package var beats: Double
    package var bars: Double
  }

  package private(set) var average: RhythmWeights
  private var weights: RhythmWeights
  private var scores: RhythmScores
  private let start: [Double]
  private let lessons: [RhythmLesson]
  private var random: SeededGenerator
  private var sum: [Double]
  private var steps = 0.0

  /// Seconds of a stretch.
  private static let seconds = 45.0
  private static let batch = 6
  /// At ten times this the weights swing and the F-measures with them.
  private static let rate = 0.1
  /// Pull back to the weights that were counted, per step.
  private static let decay = 0.002
  /// Epochs after which the rate is halved.
  private static let halving = 8.0

  /// - Parameter songs: what to learn from, at least one.
  package init(_ songs: [ChartSong], seed: UInt64) {
    random = SeededGenerator(seed: seed)
    lessons = songs.map { RhythmLesson($0) }
    weights = RhythmStart.weights(lessons, using: &random)
    average = weights
    start = weights.flat
    scores = RhythmScores(weights)
    sum = [Double](repeating: 0, count: start.count)
  }

  /// Once through the songs, one stretch of each.
  /// - Parameter averaging: whether this epoch's steps count in ``average``.
  package mutating func runEpoch(_ epoch: Int, averaging: Bool) -> Progress {
    let rate = Self.rate / (1 + Double(epoch) / Self.halving)
    var gradient = [Double](repeating: 0, count: start.count)
    var (used, beats, bars) = (0, 0.0, 0.0)
    for lesson in lessons.shuffled(using: &random) {
      guard
        let excerpt = RhythmExcerpt(lesson, seconds: Self.seconds, using: &random),
        let result = compare(excerpt)
      else { continue }
      for i in gradient.indices { gradient[i] += result.difference[i] }
      beats += result.beats
      bars += result.bars
      used += 1
      if used % Self.batch == 0 {
        step(gradient, rate: rate)
        gradient = [Double](repeating: 0, count: start.count)
        if averaging { accumulate() }
      }
    }
    let count = Double(max(1, used))
    return Progress(epoch: epoch, beats: beats / count, bars: bars / count)
  }

  private mutating func accumulate() {
    let flat = weights.flat
    for i in flat.indices { sum[i] += flat[i] }
    steps += 1
    average.flat = sum.map { $0 / steps }
  }

  /// Uses of each weight by the true path less those by the found one, per beat.
  private func compare(_ excerpt: RhythmExcerpt) -> (
    difference: [Double], beats: Double, bars: Double
  )? {
    func path(_ song: SongPrior?) -> [BarLattice.Step] {
      var lattice = BarLattice(
        events: excerpt.events, frames: excerpt.evidence.frames, beat: excerpt.evidence.beat,
        downbeat: excerpt.evidence.downbeat, scores: scores, song: song)
      return lattice.path()
    }
    let found = path(SongPrior(path(nil), hasClick: false))
    let truth = RhythmStyles.chosen(for: excerpt, scores)
    guard truth.count > 4 else { return nil }
    // The first and last beats of a stretch hang in the air.
    let range = truth[2].frame..<truth[truth.count - 2].frame
    let a = RhythmFeatures(truth, excerpt.events, scores, in: range).counts.flat
    let b = RhythmFeatures(found, excerpt.events, scores, in: range).counts.flat
    func times(_ steps: [BarLattice.Step], barLines: Bool) -> [Double] {
      steps.filter { range.contains($0.frame) && (!barLines || BarLanes.position[$0.lane] == 0) }
        .map { Double($0.frame) / RhythmWeights.framesPerSecond }
    }
    func f(barLines: Bool) -> Double {
      let (x, y) = (times(found, barLines: barLines), times(truth, barLines: barLines))
      let pairs = OnsetMatching.pairs(
        estimates: x, references: y, tolerance: ChartMeasure.tolerance70)
      return 2 * Double(pairs.count) / Double(max(1, x.count + y.count))
    }
    let difference = zip(a, b).map { ($0 - $1) / Double(truth.count) }
    return (difference, f(barLines: false), f(barLines: true))
  }

  /// Moves the weights; how fast depends on how often each is used.
  private mutating func step(_ gradient: [Double], rate: Double) {
    var move = RhythmWeights()
    move.flat = gradient.map { $0 * rate }
    move.empty = move.empty.map { 2 * $0 }
    move.period = move.period.map { 2 * $0 }
    move.enter = move.enter.map { 2 * $0 }
    move.swap *= 2
    move.density *= 0.03
    // A slope is counted by the logarithm of a ratio, which is small.
    move.slope *= 21
    weights.flat = zip(zip(weights.flat, move.flat), start).map { pair, start in
      pair.0 + pair.1 - rate * Self.decay * (pair.0 - start)
    }
    // Changes never pay.
    weights.swap = min(-0.1, weights.swap)
    weights.nudge = min(-0.02, weights.nudge)
    weights.slope = min(-5, weights.slope)
    weights.jump = min(-3, weights.jump)
    scores = RhythmScores(weights)
  }
}

/// Which style each true bar of 4/4 is in: nobody wrote it down, so the best under the present
/// weights.
enum RhythmStyles {
  static func chosen(for excerpt: RhythmExcerpt, _ scores: RhythmScores) -> [BarLattice.Step] {
    var result = excerpt.truth
    var bars: [Range<Int>] = []
    for (i, step) in result.enumerated() {
      if i == 0 || BarLanes.position[step.lane] == 0 {
        bars.append(i..<i + 1)
      } else {
        bars[bars.count - 1] = bars[bars.count - 1].lowerBound..<i + 1
      }
    }
    let styles = BarKind.common.count
    var cost = [Double](repeating: 0, count: styles)
    var back: [[Int]] = []
    for bar in bars {
      let isCommon = BarKind.common.contains(BarLanes.kind[result[bar.lowerBound].lane])
      var next = cost
      var from = [Int](repeating: 0, count: styles)
      for style in 0..<styles {
        let totals = cost.indices.map { cost[$0] + ($0 == style ? 0 : scores.weights.swap) }
        from[style] = totals.indices.max { totals[$0] < totals[$1] } ?? 0
        next[style] = totals[from[style]]
        guard isCommon else { continue }
        for i in bar { next[style] += fit(result[i], style, excerpt, scores) }
      }
      cost = next
      back.append(from)
    }
    var style = cost.indices.max { cost[$0] < cost[$1] } ?? 0
    for (bar, from) in zip(bars, back).reversed() {
      if BarKind.common.contains(BarLanes.kind[result[bar.lowerBound].lane]) {
        for i in bar { result[i].lane = lane(result[i], style) }
      }
      style = from[style]
    }
    return result
  }

  private static func lane(_ step: BarLattice.Step, _ style: Int) -> Int {
    BarLanes.first[BarKind.common.lowerBound + style] + BarLanes.position[step.lane]
  }

  private static func fit(
    _ step: BarLattice.Step, _ style: Int, _ excerpt: RhythmExcerpt, _ scores: RhythmScores
  ) -> Double {
    let lane = lane(step, style)
    var total = Float(scores.weights.bias[lane])
    let scale = Float(RhythmScores.places) / Float(step.period)
    for event in excerpt.events where event.time > Float(step.frame) - 3 {
      let place = RhythmScores.place(of: event.time, in: step.frame, scale: scale)
      if place >= RhythmScores.places { break }
      guard place >= 0 else { continue }
      total +=
        BarLattice.temperature * event.weight
        * scores.value(
          period: step.period - RhythmWeights.shortest, kind: event.kind.rawValue, place: place,
          lane: lane)
    }
    return Double(total)
  }
}
