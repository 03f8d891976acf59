package import ChartFormat

/// From beats to the tempo map of a chart.
///
/// Tempo changes stand on bar lines, and within a bar only where the tempo jumps there. As few as
/// possible are used: one for a song that was played to a click (its value snapped to a whole or half
/// BPM if that fits as well), at most one per bar for music that breathes. Every tempo is computed
/// from the absolute time of the next marker against the time that the already rounded values give,
/// so that rounding never adds up.
package enum TempoFit {
  /// A tempo map, and the silence that makes the audio agree with it.
  package struct Result: Sendable {
    /// Second 0 is the first sample of the audio with the lead-in before it.
    package var tempoMap: TempoMap
    /// Seconds of silence to put before the audio.
    package var leadIn: Double
    /// Seconds between each beat and its grid line, in the order of the beats.
    package var residuals: [Double]
  }

  /// Ticks per quarter note: holds 1/32 and 1/48 notes exactly; 99.4 % of the notes of human charts
  /// stand on grids that it divides.
  package static let resolution = 192
  /// Silence before the first note that reviewers ask for, seconds.
  package static let quietStart = 2.0
  /// What a song without any beat gets; unlike 120 it does not look like a forgotten default.
  private static let fallback = MilliBPM(100_000)

  /// - Parameters:
  ///   - beats: Ascending in time, in seconds of the audio without lead-in.
  ///   - firstOnset: The first note's time in the same seconds, if there is one.
  package static func fit(beats: [Beat], firstOnset: Double?) -> Result {
    var grid = BeatGrid(beats)
    guard grid.times.count >= 2 else {
      let bar = 4 * fallback.secondsPerBeat
      let need = max(0, quietStart - (firstOnset ?? quietStart))
      let map = TempoMap(
        resolution: resolution, tempos: [.init(tick: .zero, tempo: fallback)],
        metres: [.init(tick: .zero, signature: .common)])
      return Result(
        tempoMap: map, leadIn: bar * max(1, (need / bar).rounded(.up)),
        residuals: beats.map { _ in 0 })
    }
    let knots = TempoKnots.place(in: grid)
    let segments = TempoKnots.tempos(of: knots, in: grid)
    grid.origin = segments[0].start
    return assemble(grid, segments, firstOnset: firstOnset)
  }

  /// Puts whole bars of the first tempo before the first downbeat (chart-format: lead-in).
  private static func assemble(
    _ grid: BeatGrid, _ segments: [TempoKnots.Segment], firstOnset: Double?
  ) -> Result {
    let first = grid.bars[0].signature
    let barTicks = resolution * 4 * first.beats / first.unit
    let bar = Double(barTicks) / Double(resolution) * segments[0].tempo.secondsPerBeat
    let need = max(0, quietStart - (firstOnset ?? quietStart))
    let count = max(1, Int(((grid.origin + need) / bar).rounded(.up)))
    let offset = Tick(count * barTicks)
    func tick(_ quarters: Double) -> Tick {
      offset + Tick(Int((quarters * Double(resolution)).rounded()))
    }
    var tempos = [TempoMap.Tempo(tick: .zero, tempo: segments[0].tempo)]
    for segment in segments.dropFirst() where segment.tempo != tempos[tempos.count - 1].tempo {
      tempos.append(.init(tick: tick(segment.quarter), tempo: segment.tempo))
    }
    var metres = [TempoMap.Metre(tick: .zero, signature: first)]
    for bar in grid.bars where bar.signature != metres[metres.count - 1].signature {
      metres.append(.init(tick: tick(bar.quarter), signature: bar.signature))
    }
    let map = TempoMap(resolution: resolution, tempos: tempos, metres: metres)
    let leadIn = Double(count) * bar - grid.origin
    let residuals = zip(grid.times, grid.quarters).map { time, quarter in
      map.seconds(at: tick(quarter)) - leadIn - time
    }
    return Result(tempoMap: map, leadIn: leadIn, residuals: residuals)
  }
}

/// Beats counted in quarter notes from the first downbeat, and the bars that they make.
struct BeatGrid {
  struct Bar {
    /// Index of the bar's first beat.
    var beat: Int
    /// Quarter notes from the first downbeat.
    var quarter: Double
    var signature: TimeSignature
  }

  var times: [Double]
  var quarters: [Double]
  /// At least one.
  var bars: [Bar]
  /// Time of the first downbeat.
  var origin: Double

  init(_ beats: [Beat]) {
    times = beats.map(\.time)
    let first = beats.firstIndex { $0.position == 1 } ?? 0
    quarters = []
    var count = -beats[..<first].reduce(0) { $0 + $1.quarters }
    for beat in beats {
      quarters.append(count)
      count += beat.quarters
    }
    bars = []
    origin = times.isEmpty ? 0 : times[first]
    let lines = beats.indices.filter { $0 == first || ($0 > first && beats[$0].position == 1) }
    for (line, next) in zip(lines, lines.dropFirst()) {
      let signature = Self.signature(of: beats[line..<next])
      bars.append(Bar(beat: line, quarter: quarters[line], signature: signature))
    }
    if let last = lines.last {
      bars.append(
        Bar(beat: last, quarter: quarters[last], signature: bars.last?.signature ?? .common))
    } else {
      bars = [Bar(beat: 0, quarter: 0, signature: .common)]
    }
  }

  private static func signature(of bar: ArraySlice<Beat>) -> TimeSignature {
    let eighths = Int((bar.reduce(0) { $0 + $1.quarters } * 2).rounded())
    let isCompound = bar.allSatisfy { $0.quarters == 1.5 }
    return isCompound || eighths % 2 != 0
      ? TimeSignature(beats: eighths, unit: 8) : TimeSignature(beats: eighths / 2, unit: 4)
  }
}
