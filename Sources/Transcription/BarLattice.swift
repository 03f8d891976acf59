/// The bar-pointer model: the best way to lay beats and bars over a song.
///
/// A hidden state is a place in the bar (metre and beat, a lane of ``BarLanes``) and a beat period;
/// tempo and metre change only at beats and bar lines, as in Krebs, Böck and Widmer, "An efficient
/// state-space model for joint tempo and meter tracking" (ISMIR 2015). Between two beats nothing is
/// decided, so that Viterbi runs over whole beats: the score of `(time, period, lane)` is what the
/// hits since the last beat say about that beat, plus the best score from which it can begin.
/// All lanes are carried together in SIMD vectors; frames at which no hypothesis worth keeping has
/// a beat are skipped.
struct BarLattice {
  /// One hit as the lattice sees it.
  struct Hit {
    /// Frames.
    var time: Float
    var drum: RhythmClass
    var weight: Float
  }

  /// One beat of the answer.
  struct Step: Hashable {
    var frame: Int
    /// Frames to the next beat.
    var period: Int
    var lane: Int
  }

  struct Costs {
    /// Per step of one frame, times the period: a change of tempo by 1 % costs a hundredth of it.
    var tempo: Float = 60
    /// A change of one frame is often only the rounding of the period.
    var nudge: Float = 0.4
    /// Any other tempo.
    var jump: Float = 14
    /// Another metre at a bar line, and any metre but 4/4 at the start.
    var metre: Float = 6
    /// How much hits count.
    var temperature: Float = 0.8
    /// A frame whose best score is this far below the best of the last beat is given up.
    var beam: Float = 40
  }

  private typealias Lanes = SIMD8<Float>
  private typealias Periods = SIMD8<Int32>

  private static let never: Float = -1e30
  private static let vectors = BarLanes.vectors
  private static let periods = RhythmScores.periods
  /// Vectors per frame.
  private static let row = periods * vectors

  private let costs: Costs
  private let hits: [Hit]
  private let frames: Int
  /// Evidence for a beat at each frame, and for a downbeat rather than another beat, in log odds.
  private let beat: [Float]
  private let downbeat: [Float]

  /// Scores of the beats that end at the next frames, a ring of ``RhythmScores/longest`` + 1 rows.
  private var ended: [Lanes]
  /// Scores of the beats that begin at the current frame, and their period before.
  private var here: [Lanes]
  private var came: [Periods]
  /// Row in `back` and `entries` of each frame, or -1 where the frame was given up.
  private var rows: [Int]
  private var back: [SIMD8<UInt8>] = []
  private var entries: [BarEntry] = []
  private var firstHit = 0

  /// How the bars that begin at one frame after one period were entered.
  private struct BarEntry {
    /// Pattern of the best bar that ended here.
    var best: UInt8 = 0
    /// Bit `p`: the bar of pattern `p` follows one of the same pattern.
    var stays: UInt16 = 0
  }

  /// A lattice over `frames` frames of 10 ms; `beat` and `downbeat` may be empty.
  init(hits: [Hit], frames: Int, beat: [Float], downbeat: [Float], costs: Costs = Costs()) {
    self.hits = hits
    self.frames = frames
    self.beat = beat
    self.downbeat = downbeat
    self.costs = costs
    let never = Lanes(repeating: Self.never)
    ended = Array(repeating: never, count: (RhythmScores.longest + 1) * Self.row)
    here = Array(repeating: never, count: Self.row)
    came = Array(repeating: Periods(repeating: 0), count: Self.row)
    rows = Array(repeating: -1, count: frames)
  }

  /// The best path from the first to the last frame.
  mutating func path() -> [Step] {
    let scores = RhythmScores.shared.values
    let start = startScores()
    var recent = [Float](repeating: Self.never, count: RhythmScores.longest)
    var best: (score: Float, frame: Int, period: Int, lane: Int) = (Self.never, 0, 0, 0)
    var arrivals = [BarEntry](repeating: BarEntry(), count: Self.periods)
    for frame in 0..<frames {
      let top = arrive(frame, start, &arrivals)
      recent[frame % recent.count] = top
      guard top >= (recent.max() ?? top) - costs.beam else { continue }
      rows[frame] = entries.count / Self.periods
      entries += arrivals
      if frame + RhythmScores.longest >= frames { finish(frame, &best) }
      spread()
      for periods in came { back.append(SIMD8<UInt8>(truncatingIfNeeded: periods)) }
      advance(frame, scores)
    }
    return trace(best.frame, best.period, best.lane)
  }

  private func startScores() -> [Lanes] {
    var start = [Lanes](repeating: Lanes(repeating: Self.never), count: Self.vectors)
    for lane in 0..<BarLanes.count {
      let pattern = RhythmPattern.all[BarLanes.pattern[lane]]
      start[lane / 8][lane % 8] = pattern.beats == 4 && !pattern.isCompound ? 0 : -costs.metre
    }
    return start
  }

  /// Remembers the best state from which the song's end is within one beat.
  private func finish(
    _ frame: Int, _ best: inout (score: Float, frame: Int, period: Int, lane: Int)
  ) {
    for period in 0..<Self.periods where frame + period + RhythmScores.shortest >= frames {
      for lane in 0..<BarLanes.count {
        let score = here[period * Self.vectors + lane / 8][lane % 8]
        if score > best.score { best = (score, frame, period, lane) }
      }
    }
  }

  /// Turns the beats that end at a frame into the beats that begin there; returns the best score.
  private mutating func arrive(_ frame: Int, _ start: [Lanes], _ arrivals: inout [BarEntry])
    -> Float
  {
    let base = (frame % (RhythmScores.longest + 1)) * Self.row
    let bonus = beat.isEmpty ? 0 : beat[frame]
    let barBonus = downbeat.isEmpty ? 0 : downbeat[frame]
    var top = Lanes(repeating: Self.never)
    for period in 0..<Self.periods {
      let at = period * Self.vectors
      let source = frame - period - RhythmScores.shortest
      if source < 0 {
        for v in 0..<Self.vectors { here[at + v] = start[v] }
        top = Lanes(repeating: 0)
        continue
      }
      if rows[source] < 0 {
        for v in 0..<Self.vectors { here[at + v] = Lanes(repeating: Self.never) }
        continue
      }
      var carry = Self.never
      for v in 0..<Self.vectors {
        let x = ended[base + at + v]
        here[at + v] = Lanes(carry, x[0], x[1], x[2], x[3], x[4], x[5], x[6]) + bonus
        carry = x[7]
      }
      arrivals[period] = enterBars(base + at, at, bonus + barBonus)
      for v in 0..<Self.vectors { top = pointwiseMax(top, here[at + v]) }
    }
    return top.max()
  }

  /// Downbeats follow the last beat of the same metre, or, at a price, of any.
  private mutating func enterBars(_ from: Int, _ to: Int, _ bonus: Float) -> BarEntry {
    var info = BarEntry()
    var best = Self.never
    for (p, lane) in BarLanes.last.enumerated() {
      let score = ended[from + lane / 8][lane % 8]
      if score > best {
        best = score
        info.best = UInt8(p)
      }
    }
    for (p, lane) in BarLanes.first.enumerated() {
      let last = BarLanes.last[p]
      let stay = ended[from + last / 8][last % 8]
      let change = best - costs.metre
      if stay >= change { info.stays |= 1 << UInt16(p) }
      here[to + lane / 8][lane % 8] = max(stay, change) + bonus
    }
    return info
  }

  /// Lets every lane go on with another period: `here` becomes the best score with which a beat of
  /// each period can begin, `came` the period before it.
  private mutating func spread() {
    for v in 0..<Self.vectors {
      var best = here[v]
      var bestPeriod = Periods(repeating: 0)
      for period in 0..<Self.periods {
        let score = here[period * Self.vectors + v]
        let mask = score .> best
        best.replace(with: score, where: mask)
        bestPeriod.replace(with: Int32(period), where: mask)
      }
      best -= costs.jump
      // The nudge: neighbours by one frame, from the scores as they were; or the jump.
      var before = Lanes(repeating: Self.never)
      for period in 0..<Self.periods {
        let at = period * Self.vectors + v
        let now = here[at]
        let after =
          period + 1 < Self.periods ? here[at + Self.vectors] : Lanes(repeating: Self.never)
        var score = now
        var from = Periods(repeating: Int32(period))
        Self.take(before - costs.nudge, Periods(repeating: Int32(period - 1)), &score, &from)
        Self.take(after - costs.nudge, Periods(repeating: Int32(period + 1)), &score, &from)
        Self.take(best, bestPeriod, &score, &from)
        here[at] = score
        came[at] = from
        before = now
      }
      // Larger changes: the cost grows with the distance, one sweep each way.
      for period in 1..<Self.periods { relax(period, period - 1, v) }
      for period in (0..<Self.periods - 1).reversed() { relax(period, period + 1, v) }
    }
  }

  private mutating func relax(_ period: Int, _ neighbour: Int, _ v: Int) {
    let (at, from) = (period * Self.vectors + v, neighbour * Self.vectors + v)
    let step = costs.tempo / Float(RhythmScores.shortest + period)
    Self.take(here[from] - step, came[from], &here[at], &came[at])
  }

  /// Takes a candidate where it is better.
  @inline(__always)
  private static func take(
    _ candidate: Lanes, _ origin: Periods, _ score: inout Lanes, _ from: inout Periods
  ) {
    let mask = candidate .> score
    score.replace(with: candidate, where: mask)
    from.replace(with: origin, where: mask)
  }

  /// Lets a beat of every period run from a frame, judged by the hits in it.
  private mutating func advance(_ frame: Int, _ scores: [Lanes]) {
    while firstHit < hits.count, hits[firstHit].time < Float(frame) - 1 { firstHit += 1 }
    for period in 0..<Self.periods {
      let length = RhythmScores.shortest + period
      let source = period * Self.vectors
      let target = ((frame + length) % (RhythmScores.longest + 1)) * Self.row + source
      for v in 0..<Self.vectors { ended[target + v] = here[source + v] }
      let scale = Float(RhythmScores.places) / Float(length)
      for h in firstHit..<hits.count {
        // Rounded down, also below zero.
        let place = Int((hits[h].time - Float(frame)) * scale + 16.5) - 16
        if place >= RhythmScores.places { break }
        guard place >= 0 else { continue }
        let at = RhythmScores.index(period: period, drum: hits[h].drum, place: place)
        let weight = hits[h].weight * costs.temperature
        for v in 0..<Self.vectors { ended[target + v] += scores[at + v] * weight }
      }
    }
  }

  /// Follows the best path back to the start of the song.
  private func trace(_ frame: Int, _ period: Int, _ lane: Int) -> [Step] {
    var steps: [Step] = []
    var (frame, period, lane) = (frame, period, lane)
    steps.append(Step(frame: frame, period: period + RhythmScores.shortest, lane: lane))
    while frame >= period + RhythmScores.shortest {
      let info = entries[rows[frame] * Self.periods + period]
      let p = BarLanes.pattern[lane]
      if BarLanes.position[lane] > 0 {
        lane -= 1
      } else {
        lane = BarLanes.last[info.stays & (1 << UInt16(p)) != 0 ? p : Int(info.best)]
      }
      frame -= period + RhythmScores.shortest
      steps.append(Step(frame: frame, period: period + RhythmScores.shortest, lane: lane))
      period = Int(back[rows[frame] * Self.row + period * Self.vectors + lane / 8][lane % 8])
    }
    return steps.reversed()
  }
}
