internal import CLattice

/// The bar-pointer model: the best way to lay beats and bars over a song.
///
/// A hidden state is a place in the bar (kind of bar and beat, a lane of ``BarLanes``) and a beat
/// period; tempo and metre change only at beats and bar lines, as in Krebs, Böck and Widmer, "An
/// efficient state-space model for joint tempo and meter tracking" (ISMIR 2015). Between two beats
/// nothing is decided, so that Viterbi runs over whole beats: the score of `(time, period, lane)`
/// is what the events since the last beat say about that beat, plus the best score from which it
/// can begin. The inner loops over periods and lanes are in C (`CLattice`).
package struct BarLattice {
  /// One beat of a path.
  package struct Step: Hashable, Sendable {
    package var frame: Int
    /// Frames of a whole beat at this tempo.
    package var period: Int
    package var lane: Int

    package init(frame: Int, period: Int, lane: Int) {
      self.frame = frame
      self.period = period
      self.lane = lane
    }

    /// Frames to the next beat.
    package var length: Int { BarLanes.isHalf(lane) ? (period + 1) / 2 : period }
  }

  /// How much events count against the weights of tempo and metre: they repeat one another.
  package static let temperature: Float = 0.8
  /// A beat without a hit within this many frames is empty.
  private static let near: Float = 1.25
  static let never: Float = -1e30
  private static let periods = RhythmWeights.periods
  private static let shortest = RhythmWeights.shortest
  /// Values per frame.
  private static let row = periods * BarLanes.width
  /// Frames of the ring of ended beats.
  private static let ring = RhythmWeights.longest + 1

  private let events: [RhythmEvent]
  private let frames: Int
  private let beat: [Float]
  private let downbeat: [Float]
  private let isEmpty: [Bool]
  private let costs: LatticeCosts
  private let scores: [Float]

  /// Scores of the beats that end at the next frames, a ring of rows.
  private var ended = [Float](repeating: never, count: ring * row)
  /// Scores of the beats that begin at the current frame, and their period before.
  private var here = [Float](repeating: never, count: row)
  private var came = [UInt8](repeating: 0, count: row)
  /// For every frame of `kept`: the periods before, and how bars were entered.
  private var back: [UInt8] = []
  private var entries: [cl_entry] = []
  private var kept = 0..<0
  /// ``ended`` before the first frame of every stretch of `stretch` frames: what is not kept is
  /// worked out again from there, so that an hour takes no more memory than five minutes.
  private var starts: [[Float]] = []
  private let stretch: Int

  /// A lattice over `frames` frames.
  ///
  /// - Parameters:
  ///   - events: Ascending in time.
  ///   - beat: Evidence for a beat at each frame, in log odds, or empty.
  ///   - downbeat: Evidence for a downbeat rather than another beat, or empty.
  ///   - stretch: Frames that are kept at a time, 3 KB each; five minutes unless said. Songs longer
  ///     than that are tracked twice, all but their last stretch.
  package init(
    events: [RhythmEvent], frames: Int, beat: [Float] = [], downbeat: [Float] = [],
    scores: RhythmScores = .shipped, song: SongPrior? = nil, stretch: Int = 15_000
  ) {
    self.stretch = stretch
    precondition(beat.isEmpty || beat.count == frames)
    precondition(downbeat.isEmpty || downbeat.count == frames)
    self.events = events
    self.frames = frames
    self.beat = beat
    self.downbeat = downbeat
    isEmpty = Self.emptyFrames(events, frames)
    costs = LatticeCosts(scores.weights, song)
    self.scores = scores.values
  }

  /// Whether each frame has no hit close to it.
  package static func emptyFrames(_ events: [RhythmEvent], _ frames: Int) -> [Bool] {
    var result = [Bool](repeating: true, count: frames)
    for event in events where event.kind.isHit {
      let first = max(0, Int((event.time - near).rounded(.up)))
      let last = min(frames - 1, Int((event.time + near).rounded(.down)))
      if first <= last { for frame in first...last { result[frame] = false } }
    }
    return result
  }

  /// The best path from the first to the last frame; empty where there are no frames.
  package mutating func path() -> [Step] {
    guard frames > 0 else { return [] }
    var best: (score: Float, frame: Int, period: Int, lane: Int) = (-.infinity, 0, 0, 0)
    for start in stride(from: 0, to: frames, by: stretch) {
      starts.append(ended)
      run(from: start) { lattice, frame in
        if frame + RhythmWeights.longest >= lattice.frames { lattice.finish(frame, &best) }
      }
    }
    return trace(best.frame, best.period, best.lane)
  }

  /// Tracks the stretch that begins at a frame and keeps it.
  private mutating func run(from start: Int, look: (borrowing BarLattice, Int) -> Void) {
    kept = start..<min(start + stretch, frames)
    back.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    back.reserveCapacity(kept.count * Self.row)
    entries.reserveCapacity(kept.count * Self.periods)
    var heard = EventRows(events)
    var first = 0
    for frame in kept {
      arrive(frame)
      look(self, frame)
      unsafe cl_change_periods(
        &here, &came, costs.slope, Int32(Self.periods), costs.nudge, costs.jump)
      back += came
      while first < events.count, events[first].time < Float(frame) - 1 { first += 1 }
      heard.cut(from: first, through: Float(frame + RhythmWeights.longest + 1))
      advance(frame, heard)
    }
  }

  /// Has the origins of a frame at hand.
  private mutating func keep(_ frame: Int) {
    guard !kept.contains(frame) else { return }
    ended = starts[frame / stretch]
    run(from: frame / stretch * stretch) { _, _ in }
  }

  /// Remembers the best state from which the song's end is within one beat.
  private func finish(
    _ frame: Int, _ best: inout (score: Float, frame: Int, period: Int, lane: Int)
  ) {
    for period in 0..<Self.periods where frame + period + Self.shortest >= frames {
      for lane in 0..<BarLanes.count where BarLanes.kind[lane] >= 0 {
        let score = here[period * BarLanes.width + lane]
        if score > best.score { best = (score, frame, period, lane) }
      }
    }
  }

  /// Turns the beats that end at a frame into the beats that begin there.
  private mutating func arrive(_ frame: Int) {
    let base = (frame % Self.ring) * Self.row
    let bonus = beat.isEmpty ? 0 : beat[frame]
    let barBonus = bonus + (downbeat.isEmpty ? 0 : downbeat[frame])
    let reached = Int32(max(0, min(Self.periods, frame - Self.shortest + 1)))
    var now = [cl_entry](repeating: cl_entry(), count: Self.periods)
    let arriving = Array(ended[base..<base + Self.row])
    unsafe withUnsafePointer(to: costs.bars) { bars in
      unsafe cl_arrive(&here, &now, arriving, costs.start, bars, reached, bonus, barBonus)
    }
    entries += now
  }

  /// Lets a beat of every period run from a frame, judged by the events in it.
  private mutating func advance(_ frame: Int, _ heard: EventRows) {
    var beat = cl_beat(
      periods: Int32(Self.periods), shortest: Int32(Self.shortest),
      places: Int32(RhythmScores.places), eventKinds: Int32(RhythmEvent.Kind.count),
      frame: Int32(frame), temperature: Self.temperature)
    unsafe cl_advance(
      &ended, here, &beat, isEmpty[frame] ? costs.emptyBeat : costs.beat, costs.period,
      costs.density, scores, heard.times, heard.kinds, heard.weights, Int32(heard.times.count))
  }

  /// Follows the best path back to the start of the song.
  private mutating func trace(_ frame: Int, _ period: Int, _ lane: Int) -> [Step] {
    var (frame, period, lane) = (frame, period, lane)
    var steps = [Step(frame: frame, period: period + Self.shortest, lane: lane)]
    while frame >= period + Self.shortest {
      let kind = BarLanes.kind[lane]
      if BarLanes.isHalf(lane) {
        lane = BarLanes.beforeHalf[lane - BarLanes.wholeWidth]
      } else if BarLanes.position[lane] > 0 {
        lane -= 1
      } else {
        keep(frame)
        let entry = entries[(frame - kept.lowerBound) * Self.periods + period]
        lane = BarLanes.last[entry.before(kind)]
      }
      let step = Step(frame: frame, period: period + Self.shortest, lane: lane)
      frame -= step.length
      steps.append(Step(frame: frame, period: step.period, lane: lane))
      keep(frame)
      period = Int(back[(frame - kept.lowerBound) * Self.row + period * BarLanes.width + lane])
    }
    return steps.reversed()
  }
}

extension cl_entry {
  /// The kind of bar before a bar of this kind.
  fileprivate func before(_ kind: Int) -> Int {
    let bit: UInt16 = 1 << UInt16(kind)
    return stays & bit != 0 ? kind : Int(swaps & bit != 0 ? bestCommon : best)
  }
}

/// The events that one beat can hear, in rows for the C loops.
private struct EventRows {
  private let events: [RhythmEvent]
  private var range = 0..<0
  var times: [Float] = []
  var kinds: [Int32] = []
  var weights: [Float] = []

  init(_ events: [RhythmEvent]) { self.events = events }

  /// Keeps the events from an index on, up to a time in frames.
  mutating func cut(from first: Int, through time: Float) {
    var end = max(first, range.upperBound)
    while end < events.count, events[end].time <= time { end += 1 }
    guard range != first..<end else { return }
    range = first..<end
    times = events[range].map(\.time)
    kinds = events[range].map { Int32($0.kind.rawValue) }
    weights = events[range].map(\.weight)
  }
}
