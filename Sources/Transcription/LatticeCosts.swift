internal import CLattice

#if canImport(Glibc)
  private import Glibc
#endif

/// The weights that are not tabulated by place, in the shapes that the lattice's loops want.
struct LatticeCosts {
  /// Where people feel the beat if the drums leave the octave open, BPM; and how much each half
  /// second at another tempo costs, times the square of the distance in octaves. Human charts of
  /// metal do not care (decision 0040); plain grooves are felt at twice 66 rather than at 66.
  private static let feltTempo = 115.0
  private static let feltWeight = 0.7

  /// By lane: the first beat of the song, any beat, and a beat without a hit on it.
  let start: [Float]
  let beat: [Float]
  let emptyBeat: [Float]
  /// By period: a beat, an event, and a change by one frame.
  let period: [Float]
  let density: [Float]
  let slope: [Float]
  let nudge: Float
  let jump: Float
  let bars: cl_bars

  init(_ weights: RhythmWeights, _ song: SongPrior?) {
    func lanes(_ value: (Int) -> Double) -> [Float] {
      (0..<BarLanes.width).map { lane in
        lane < BarLanes.count && BarLanes.kind[lane] >= 0 ? Float(value(lane)) : BarLattice.never
      }
    }
    start = lanes { weights.enter[BarLanes.kind[$0]] }
    beat = lanes { weights.bias[$0] }
    emptyBeat = lanes { weights.bias[$0] + weights.empty[$0] }
    let frames = weights.period.indices.map { Double($0 + RhythmWeights.shortest) }
    period = frames.enumerated().map { p, frames in
      let seconds = frames / RhythmWeights.framesPerSecond
      let octaves = log2(60 / seconds / Self.feltTempo)
      let felt = Self.feltWeight * octaves * octaves * seconds / RhythmWeights.middle
      return Float(weights.period[p] - felt) + (song?.period[p] ?? 0)
    }
    density = frames.map {
      Float(weights.density * log($0 / RhythmWeights.framesPerSecond / RhythmWeights.middle))
    }
    slope = frames.map { Float(weights.slope / $0) }
    nudge = Float(weights.nudge)
    jump = Float(weights.jump)
    bars = Self.bars(weights, song)
  }

  private static func bars(_ weights: RhythmWeights, _ song: SongPrior?) -> cl_bars {
    var bars = cl_bars()
    bars.periods = Int32(RhythmWeights.periods)
    bars.shortest = Int32(RhythmWeights.shortest)
    bars.kinds = Int32(BarLanes.kinds)
    bars.halves = Int32(BarLanes.beforeHalf.count)
    bars.commonFirst = Int32(BarKind.common.lowerBound)
    bars.commonEnd = Int32(BarKind.common.upperBound)
    bars.swap = Float(weights.swap)
    fill(&bars.first, BarLanes.first.map { Int32($0) })
    fill(&bars.last, BarLanes.last.map { Int32($0) })
    fill(&bars.beforeHalf, BarLanes.beforeHalf.map { Int32($0) })
    fill(&bars.enter, weights.enter.map { Float($0) })
    fill(&bars.stay, weights.stay.map { Float($0) })
    fill(&bars.bar, song?.kind ?? [])
    return bars
  }

  /// Copies values into a C array, which Swift sees as a tuple of such values.
  private static func fill<Tuple, Value>(_ tuple: inout Tuple, _ values: [Value]) {
    precondition(values.count * MemoryLayout<Value>.stride <= MemoryLayout<Tuple>.size)
    unsafe withUnsafeMutableBytes(of: &tuple) { bytes in
      unsafe values.withUnsafeBytes { unsafe bytes.copyMemory(from: $0) }
    }
  }
}
