package import ChartFormat
package import Transcription

/// The beats of a piece: a map between seconds and beats counted from 0, linear between beats and
/// continued beyond both ends with the first and last beat's length.
package struct BeatGrid: Sendable {
  /// Seconds, ascending strictly, at least two.
  package private(set) var times: [Double]
  /// Place in the bar of each beat, 1 is the downbeat.
  package private(set) var positions: [Int]

  package init(times: [Double], positions: [Int]) {
    precondition(times.count >= 2 && times.count == positions.count)
    self.times = times
    self.positions = positions
  }

  /// A steady pulse.
  package init(beatsPerMinute: Double, beatsPerBar: Int, seconds: Double) {
    let length = 60 / beatsPerMinute
    let count = max(2, Int((seconds / length).rounded(.up)) + 1)
    self.init(
      times: (0..<count).map { Double($0) * length },
      positions: (0..<count).map { $0 % beatsPerBar + 1 })
  }

  /// The beats of a MIDI file up to a tick. In x/8 metres divisible by three a beat is a dotted
  /// quarter; in other x/8 metres it is a quarter counted from the bar line, the last one cut
  /// short; 4/2 counts halves.
  package init(clock: MIDIClock, through lastTick: Int) {
    var times: [Double] = []
    var positions: [Int] = []
    let end = max(lastTick, clock.ticksPerQuarter * 8)
    for (i, metre) in clock.metres.enumerated() {
      let next = i + 1 < clock.metres.count ? clock.metres[i + 1].tick : end + 1
      let whole = clock.ticksPerQuarter * 4
      let bar = max(1, whole * metre.signature.beats / metre.signature.unit)
      let compound =
        metre.signature.unit >= 8 && metre.signature.beats % 3 == 0 && metre.signature.beats >= 6
      let beat =
        compound
        ? whole * 3 / metre.signature.unit : max(whole / 4, whole / metre.signature.unit)
      var barStart = metre.tick
      while barStart < next {
        var tick = barStart
        var position = 1
        while tick < min(barStart + bar, next) {
          let time = clock.seconds(at: tick)
          if times.last.map({ time > $0 + 0.02 }) ?? true {
            times.append(time)
            positions.append(position)
          }
          tick += beat
          position += 1
        }
        barStart += bar
      }
    }
    if times.count < 2 {
      times = [0, 0.5]
      positions = [1, 2]
    }
    self.init(times: times, positions: positions)
  }

  package var count: Int { times.count }

  /// Seconds at a (fractional) beat.
  package func time(at beat: Double) -> Double {
    let i = min(max(Int(beat.rounded(.down)), 0), times.count - 2)
    return times[i] + (beat - Double(i)) * (times[i + 1] - times[i])
  }

  /// The fractional beat at a time in seconds.
  package func beat(at seconds: Double) -> Double {
    var low = 0
    var high = times.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if times[middle] <= seconds { low = middle } else { high = middle }
    }
    return Double(low) + (seconds - times[low]) / (times[low + 1] - times[low])
  }

  /// Seconds that the beat at or before `beat` lasts.
  package func beatLength(at beat: Double) -> Double {
    let i = min(max(Int(beat.rounded(.down)), 0), times.count - 2)
    return times[i + 1] - times[i]
  }

  /// The beats in a stretch of time, counted from its start.
  package func beats(from start: Double, seconds: Double) -> [Beat] {
    var result: [Beat] = []
    for (time, position) in zip(times, positions) where time >= start && time < start + seconds {
      result.append(Beat(time: time - start, position: position))
    }
    return result
  }

  /// Whether the bars of `other`, moved so that its beat `b + offset` falls on our beat `b`, agree
  /// with ours for every beat of the range.
  package func agrees(with other: BeatGrid, offset: Int, range: ClosedRange<Int>) -> Bool {
    for b in range {
      let o = b + offset
      guard b >= 0, b < count, o >= 0, o < other.count else { return false }
      if positions[b] != other.positions[o] { return false }
    }
    return true
  }

  /// The grid with every beat later by some seconds.
  package func delayed(by seconds: Double) -> BeatGrid {
    BeatGrid(times: times.map { $0 + seconds }, positions: positions)
  }

  /// The grid with every time multiplied: a tempo change.
  package func stretched(by factor: Double) -> BeatGrid {
    BeatGrid(times: times.map { $0 * factor }, positions: positions)
  }
}
