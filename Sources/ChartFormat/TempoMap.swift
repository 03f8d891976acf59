/// Tempo and metre over the whole song, on the chart's grid.
///
/// Invariants: both lists begin at tick 0, ascend strictly, and tempos are positive.
/// Seconds are counted from tick 0, which is the first sample of the (padded) audio.
package struct TempoMap: Hashable, Sendable {
  package struct Tempo: Hashable, Sendable {
    package var tick: Tick
    package var tempo: MilliBPM
    package init(tick: Tick, tempo: MilliBPM) {
      self.tick = tick
      self.tempo = tempo
    }
  }

  package struct Metre: Hashable, Sendable {
    package var tick: Tick
    package var signature: TimeSignature
    package init(tick: Tick, signature: TimeSignature) {
      self.tick = tick
      self.signature = signature
    }
  }

  /// Ticks per quarter note.
  package private(set) var resolution: Int
  package private(set) var tempos: [Tempo]
  package private(set) var metres: [Metre]
  /// Seconds at each entry of `tempos`, summed from the rounded milli-BPM values that the file
  /// holds, so that this map and every parser agree.
  private var anchors: [Double]

  package init(resolution: Int, tempos: [Tempo], metres: [Metre]) {
    precondition(resolution > 0)
    precondition(tempos.first?.tick == .zero && metres.first?.tick == .zero)
    precondition(tempos.allSatisfy { $0.tempo.value > 0 })
    precondition(zip(tempos, tempos.dropFirst()).allSatisfy { $0.tick < $1.tick })
    precondition(zip(metres, metres.dropFirst()).allSatisfy { $0.tick < $1.tick })
    self.resolution = resolution
    self.tempos = tempos
    self.metres = metres
    anchors = [0]
    for (previous, next) in zip(tempos, tempos.dropFirst()) {
      let beats = Double((next.tick - previous.tick).value) / Double(resolution)
      anchors.append(anchors[anchors.count - 1] + beats * previous.tempo.secondsPerBeat)
    }
  }

  /// Seconds at a tick (fractional ticks are allowed).
  package func seconds(at tick: Double) -> Double {
    let i = lastIndex(tempos.count) { Double(tempos[$0].tick.value) <= tick }
    let beats = (tick - Double(tempos[i].tick.value)) / Double(resolution)
    return anchors[i] + beats * tempos[i].tempo.secondsPerBeat
  }

  package func seconds(at tick: Tick) -> Double { seconds(at: Double(tick.value)) }

  /// The (fractional) tick at a time in seconds; negative before the start.
  package func tick(at seconds: Double) -> Double {
    let i = lastIndex(tempos.count) { anchors[$0] <= seconds }
    let beats = (seconds - anchors[i]) / tempos[i].tempo.secondsPerBeat
    return Double(tempos[i].tick.value) + beats * Double(resolution)
  }

  package func tempo(at tick: Tick) -> MilliBPM {
    tempos[lastIndex(tempos.count) { tempos[$0].tick <= tick }].tempo
  }

  package func signature(at tick: Tick) -> TimeSignature {
    metres[lastIndex(metres.count) { metres[$0].tick <= tick }].signature
  }

  /// Ticks in one bar of a signature.
  package func barLength(_ signature: TimeSignature) -> Int {
    resolution * 4 * signature.beats / signature.unit
  }

  /// Every bar line from tick 0 up to and including the first one at or after `end`.
  package func barLines(through end: Tick) -> [Tick] {
    var lines = [Tick.zero]
    var current = 0
    while lines[lines.count - 1] < end {
      let here = lines[lines.count - 1]
      while current + 1 < metres.count, metres[current + 1].tick <= here { current += 1 }
      var next = here + Tick(max(1, barLength(metres[current].signature)))
      // A change of metre begins a bar wherever it stands.
      if current + 1 < metres.count { next = min(next, metres[current + 1].tick) }
      lines.append(next)
    }
    return lines
  }

  /// The last index in `0..<count` for which `holds` is true, or 0.
  private func lastIndex(_ count: Int, _ holds: (Int) -> Bool) -> Int {
    var low = 0
    var high = count
    while high - low > 1 {
      let middle = (low + high) / 2
      if holds(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
