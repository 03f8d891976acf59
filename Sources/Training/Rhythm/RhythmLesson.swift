internal import ChartFormat
internal import Transcription

/// A song's beats as the lattice would lay them: what ``RhythmTrainer`` learns from.
struct RhythmLesson {
  /// A bar that the lattice can express, or one that it cannot (`kind` is `nil`).
  private struct Bar {
    var tick: Int
    var length: Int
    var kind: Int?
  }

  let song: ChartSong
  /// All beats, ascending; the lane is `nil` where the lattice cannot express the bar.
  private(set) var times: [Double] = []
  private(set) var lanes: [Int?] = []
  /// Index of the first beat of each bar, and the bar's kind.
  private(set) var bars: [(beat: Int, kind: Int?)] = []

  /// Longest bar in eighths that is one bar to the tracker.
  private static let longest = 12

  init(_ song: ChartSong) {
    self.song = song
    let quarter = song.clock.ticksPerQuarter
    for bar in Self.withFeel(Self.bars(of: song), song) {
      bars.append((times.count, bar.kind))
      guard let index = bar.kind else {
        times.append(song.clock.seconds(at: bar.tick))
        lanes.append(nil)
        continue
      }
      let kind = BarKind.all[index]
      let isDotted = kind.isCompound && bar.length == kind.beats * quarter * 3 / 2
      let beat = isDotted ? quarter * 3 / 2 : quarter
      for k in 0..<kind.beats + (kind.hasHalf ? 1 : 0) {
        times.append(song.clock.seconds(at: bar.tick + k * beat))
        lanes.append(k < kind.beats ? BarLanes.first[index] + k : BarLanes.last[index])
      }
    }
  }

  /// The human's bars; two bars of 2/4 are one of 4/4, bars beyond 6/4 are cut into shorter ones.
  private static func bars(of song: ChartSong) -> [Bar] {
    let quarter = song.clock.ticksPerQuarter
    func kind(_ beats: Int, isCompound: Bool = false, hasHalf: Bool = false) -> Int? {
      BarKind.all.firstIndex {
        $0.beats == beats && $0.isCompound == isCompound && $0.hasHalf == hasHalf
      }
    }
    var result: [Bar] = []
    let ticks = (song.notes[0].tick, song.notes[song.notes.count - 1].tick)
    for bar in ChartSong.bars(of: song.clock, from: ticks.0, through: ticks.1) {
      let (beats, unit) = (bar.signature.beats, bar.signature.unit)
      let eighths = beats * 8 / unit
      if bar.isCut || beats * 8 % unit != 0 || eighths < 4 {
        result.append(Bar(tick: bar.tick, length: bar.length, kind: nil))
      } else if unit == 8, beats % 3 == 0, (6...longest).contains(beats) {
        result.append(
          Bar(tick: bar.tick, length: bar.length, kind: kind(beats / 3, isCompound: true)))
      } else if eighths == 4 {
        if let last = result.last, last.length == 2 * quarter, last.kind == nil,
          last.tick + last.length == bar.tick
        {
          result[result.count - 1].kind = kind(4)
          result[result.count - 1].length += bar.length
        } else {
          result.append(Bar(tick: bar.tick, length: bar.length, kind: nil))
        }
      } else {
        var (tick, rest) = (bar.tick, eighths)
        while rest > longest {
          result.append(Bar(tick: tick, length: quarter * 4, kind: kind(4)))
          tick += quarter * 4
          rest -= 8
        }
        result.append(
          Bar(
            tick: tick, length: bar.tick + bar.length - tick,
            kind: kind(rest / 2, hasHalf: rest % 2 == 1)))
      }
    }
    return result
  }

  /// Makes the bars of 4/4 that are played with triplets compound.
  private static func withFeel(_ bars: [Bar], _ song: ChartSong) -> [Bar] {
    let quarter = song.clock.ticksPerQuarter
    var triplets = [Int](repeating: 0, count: bars.count)
    var b = 0
    for note in song.notes {
      while b + 1 < bars.count, note.tick >= bars[b + 1].tick { b += 1 }
      switch (note.tick - bars[b].tick) % quarter * 24 / quarter {
      case 8, 16: triplets[b] += 1
      case 6, 12, 18: triplets[b] -= 1
      default: break
      }
    }
    let shuffle = BarKind.all.firstIndex { $0.isCompound && $0.beats == 4 }
    return bars.enumerated().map { i, bar in
      guard let kind = bar.kind, BarKind.common.contains(kind) else { return bar }
      let around = triplets[max(0, i - 3)...min(bars.count - 1, i + 3)].reduce(0, +)
      return Bar(tick: bar.tick, length: bar.length, kind: around > 0 ? shuffle : kind)
    }
  }
}

/// A stretch of a song as the tracker would hear it, with the true path through it.
struct RhythmExcerpt {
  private(set) var events: [RhythmEvent] = []
  private(set) var evidence: BeatEvidence
  private(set) var truth: [BarLattice.Step] = []

  /// Fewer beats than this teach nothing.
  private static let leastBeats = 20
  private static let tries = 4

  /// Some stretch of `seconds`, heard with errors of time, missed and invented hits; `nil` where
  /// none is found whose bars and tempos the lattice can express.
  init?(_ lesson: RhythmLesson, seconds: Double, using random: inout SeededGenerator) {
    guard let first = lesson.times.first, let end = lesson.times.last else { return nil }
    for _ in 0..<Self.tries {
      let from = random.uniform(first - 2, max(first - 2, end - seconds))
      guard let truth = Self.truth(lesson, from: from, to: min(from + seconds, end)) else {
        continue
      }
      self.truth = truth
      let heard = Self.heard(lesson.song, from: from, seconds: seconds, &random)
      events = RhythmEvent.events(from: heard, rate: RhythmWeights.framesPerSecond)
      evidence = BeatEvidence(
        nil, onsets: heard, frames: Int(seconds * RhythmWeights.framesPerSecond))
      return
    }
    return nil
  }

  private static func truth(_ lesson: RhythmLesson, from: Double, to: Double)
    -> [BarLattice.Step]?
  {
    let inside = lesson.times.indices.filter { lesson.times[$0] >= from && lesson.times[$0] < to }
    guard let a = inside.first, let b = inside.last, b - a > leastBeats else { return nil }
    func frame(_ i: Int) -> Int {
      Int(((lesson.times[i] - from) * RhythmWeights.framesPerSecond).rounded())
    }
    var steps: [BarLattice.Step] = []
    for i in a..<b {
      guard let lane = lesson.lanes[i] else { return nil }
      let length = frame(i + 1) - frame(i)
      // Half beats keep the period of the beat before.
      let period = BarLanes.isHalf(lane) ? steps.last?.period ?? 2 * length : length
      guard (RhythmWeights.shortest...RhythmWeights.longest).contains(period) else { return nil }
      steps.append(BarLattice.Step(frame: frame(i), period: period, lane: lane))
    }
    return steps
  }

  private static func heard(
    _ song: ChartSong, from: Double, seconds: Double, _ random: inout SeededGenerator
  ) -> [Onset] {
    let jitter = random.uniform(0.003, 0.012)
    let missed = random.uniform(0, 0.15)
    let invented = random.uniform(0, 0.1)
    var heard: [Onset] = []
    for note in song.notes where note.time > from - 0.1 && note.time < from + seconds + 0.1 {
      if random.unit() > missed {
        heard.append(Onset(time: random.normal(note.time - from, jitter), drum: note.drum))
      }
      if random.unit() < invented {
        heard.append(Onset(time: random.uniform(0, seconds), drum: note.drum))
      }
    }
    return heard.sorted { $0.time < $1.time }
  }
}
