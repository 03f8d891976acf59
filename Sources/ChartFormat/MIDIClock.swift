/// The exact tempo and metre of a MIDI file: microseconds, not the milli-BPM of a chart.
package struct MIDIClock: Sendable {
  package struct Metre: Hashable, Sendable {
    package var tick: Int
    package var signature: TimeSignature
  }

  package let ticksPerQuarter: Int
  /// Ascending, the first at tick 0; 4/4 where the file says nothing.
  package let metres: [Metre]
  private let ticks: [Int]
  private let starts: [Double]
  private let secondsPerTick: [Double]

  /// Gathers tempo and time signatures from all tracks; 120 BPM before the first tempo.
  package init(_ file: MIDIFile) {
    var tempos: [(tick: Int, value: Int)] = [(0, 500_000)]
    var metres: [Metre] = [Metre(tick: 0, signature: .common)]
    for event in file.mergedEvents {
      switch event.kind {
      case .tempo(let value):
        if tempos[tempos.count - 1].tick == event.tick { tempos.removeLast() }
        tempos.append((event.tick, value))
      case .timeSignature(let signature):
        if metres[metres.count - 1].tick == event.tick { metres.removeLast() }
        metres.append(Metre(tick: event.tick, signature: signature))
      default: break
      }
    }
    ticksPerQuarter = file.ticksPerQuarter
    self.metres = metres
    ticks = tempos.map(\.tick)
    secondsPerTick = tempos.map { Double($0.value) / 1e6 / Double(file.ticksPerQuarter) }
    var starts = [0.0]
    for i in 1..<max(1, tempos.count) {
      starts.append(starts[i - 1] + Double(ticks[i] - ticks[i - 1]) * secondsPerTick[i - 1])
    }
    self.starts = starts
  }

  /// Seconds at a tick.
  package func seconds(at tick: Int) -> Double {
    var low = 0
    var high = ticks.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if ticks[middle] <= tick { low = middle } else { high = middle }
    }
    return starts[low] + Double(tick - ticks[low]) * secondsPerTick[low]
  }
}
