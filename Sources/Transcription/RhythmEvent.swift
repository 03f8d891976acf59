package import DrumNet

/// What the beat tracker listens to: drum hits, and figures of several hits that mark bar lines.
package struct RhythmEvent: Hashable, Sendable {
  package enum Kind: Int, CaseIterable, Sendable {
    case kick, snare, tom, timekeeper, crash
    /// Crash and kick together.
    case crashKick
    /// The first stroke after a run on the toms.
    case fillEnd
    /// The first stroke after a pause.
    case afterPause
    /// The hand moves from hi-hat to ride or back.
    case keeperChange

    /// How many there are; a literal for the inner loops' sake.
    package static let count = 9
    /// Whether it is a stroke of its own, not a figure made of several.
    package var isHit: Bool { rawValue <= Kind.crash.rawValue }

    package init(_ drum: DrumClass) {
      switch drum {
      case .kick: self = .kick
      case .snare: self = .snare
      case .tomHigh, .tomMid, .tomLow: self = .tom
      case .hihat, .ride: self = .timekeeper
      case .crash: self = .crash
      }
    }
  }

  /// Lattice frames.
  package var time: Float
  package var kind: Kind
  /// Confidence, 0...1.
  package var weight: Float

  /// Strokes this close are one figure, seconds.
  private static let together = 0.025
  /// A stroke this long after a tom, at most, ends its fill; closer ones belong to it. Seconds.
  private static let fillEnd = 0.03...0.35
  /// Silence before a stroke that counts as a pause, seconds.
  private static let pause = 0.7
  /// Strokes on one cymbal before a move to the other means something.
  private static let keeperRun = 4

  /// Events of ascending onsets, ascending in time.
  ///
  /// - Parameter rate: lattice frames per second.
  package static func events(from onsets: [Onset], rate: Double) -> [RhythmEvent] {
    var events: [RhythmEvent] = []
    func add(_ kind: Kind, _ time: Double, _ confidence: Double) {
      events.append(
        RhythmEvent(time: Float(time * rate), kind: kind, weight: Float(confidence)))
    }
    for onset in onsets { add(Kind(onset.drum), onset.time, onset.confidence) }
    var figures = Figures()
    var first = 0
    while first < onsets.count {
      var next = first
      while next < onsets.count, onsets[next].time - onsets[first].time < together { next += 1 }
      let strike = onsets[first..<next]
      let time = strike.reduce(0) { $0 + $1.time } / Double(strike.count)
      for (kind, confidence) in figures.next(strike, at: time) { add(kind, time, confidence) }
      first = next
    }
    return events.sorted { $0.time < $1.time }
  }

  /// Finds the figures, strike by strike.
  private struct Figures {
    private var lastTom = -Double.infinity
    private var lastTime = Double.infinity
    private var keeper: DrumClass?
    private var run = 0

    mutating func next(_ strike: ArraySlice<Onset>, at time: Double) -> [(Kind, Double)] {
      func confidence(_ drums: DrumClass...) -> Double {
        strike.reduce(0) { drums.contains($1.drum) ? max($0, $1.confidence) : $0 }
      }
      var found: [(Kind, Double)] = []
      let (kick, snare, crash) = (confidence(.kick), confidence(.snare), confidence(.crash))
      let tom = confidence(.tomHigh, .tomMid, .tomLow)
      if crash > 0, kick > 0 { found.append((.crashKick, min(crash, kick))) }
      if tom == 0, RhythmEvent.fillEnd.contains(time - lastTom) {
        found.append((.fillEnd, max(kick, snare, crash)))
      }
      if time - lastTime > RhythmEvent.pause {
        found.append((.afterPause, strike.reduce(0) { max($0, $1.confidence) }))
      }
      let now: DrumClass? =
        confidence(.hihat) > 0 ? .hihat : confidence(.ride) > 0 ? .ride : nil
      if let now {
        if now != keeper {
          if run >= RhythmEvent.keeperRun { found.append((.keeperChange, confidence(now))) }
          keeper = now
          run = 0
        }
        run += 1
      }
      if tom > 0 { lastTom = time }
      lastTime = time
      return found
    }
  }
}
