/// The click that a whole song was played to: one tempo and one phase from the first beat to the last.
///
/// Where it can be told, it settles what the lattice decides bar by bar: the octave, on which of two
/// eighths the beat stands, and where a beat lies to the millisecond (decision 0081).
struct ClickTrack {
  /// Seconds from beat to beat.
  let period: Double
  /// Seconds of some beat, from 0 to `period`.
  let phase: Double
  /// For each window of `windowBeats` beats whether the song stands on the click there, or is too
  /// quiet to tell.
  private let fits: [Bool]

  /// Longer recordings are more than one song, seconds.
  private static let longest = 1_500.0
  /// Beats of a window.
  private static let windowBeats = 8.0
  /// The share of the windows that fit in a song with a click.
  private static let steady = 0.7
  /// The share of the tracked beats that stand on the click's beats and not between them.
  private static let agreed = 0.55
  /// Of two octaves the faster one counts if the song has this share of it, measured by the other.
  private static let faster = 0.6
  /// Seconds that a beat may be moved for a tempo that a metronome has.
  private static let still = 0.008
  /// Log odds for a beat on the click and against one beside it.
  private static let weight: Float = 6
  /// A tracked beat this near to the click is on it, seconds.
  private static let reach = 0.03

  /// `nil` where no click is to be heard.
  ///
  /// - Parameters:
  ///   - beats: As they were tracked without it, ascending.
  ///   - onsets: Ascending in time.
  init?(tracked beats: [Beat], onsets: [Onset]) {
    let hits = onsets.map(\.time)
    guard beats.count > 2 * Int(Self.windowBeats), let first = hits.first, let last = hits.last,
      last - first < Self.longest, let rough = Self.commonPeriod(beats)
    else { return nil }
    let pulses = ClickWindow.parts.map { HitPulse(of: hits, near: rough, parts: $0) }
    guard let pulse = pulses.max(by: { $0.strength < $1.strength }) else { return nil }
    period = Self.metronome(near: pulse.beat, span: last - first)
    // Which of the pulses are the beats.
    var votes = [Int](repeating: 0, count: pulse.parts)
    for beat in beats {
      let place = Int(((beat.time - pulse.time) / pulse.length).rounded())
      votes[(place % pulse.parts + pulse.parts) % pulse.parts] += 1
    }
    guard let place = votes.indices.max(by: { votes[$0] < votes[$1] }),
      Double(votes[place]) >= Self.agreed * Double(beats.count)
    else { return nil }
    let time = pulse.time + Double(place) * period / Double(pulse.parts)
    phase = time - (time / period).rounded(.down) * period
    let windows = ClickWindow.cut(
      hits: hits, beats: beats.map(\.time), length: Self.windowBeats * period
    ).map { [period, phase] in $0.fits(period: period, phase: phase) }
    fits = windows.map { $0 != false }
    let judged = windows.compactMap(\.self)
    guard Double(judged.count { $0 }) >= max(1, Self.steady * Double(judged.count)) else {
      return nil
    }
  }

  /// Evidence for beats with that of the click.
  ///
  /// - Parameter evidence: Log odds at each of the lattice's frames, or empty.
  func added(to evidence: [Float], frames: Int) -> [Float] {
    var result = evidence.isEmpty ? [Float](repeating: 0, count: frames) : evidence
    for frame in 0..<frames {
      let time = Double(frame) / RhythmWeights.framesPerSecond
      guard isHeard(at: time) else { continue }
      let distance = abs(time - nearest(to: time)) * RhythmWeights.framesPerSecond
      result[frame] += distance <= 0.5 ? Self.weight : distance <= 1 ? 0 : -Self.weight
    }
    return result
  }

  /// The beats, those that were tracked close to the click moved onto it.
  ///
  /// - Parameter times: Where each was tracked, before it was refined: where nobody drums, there is
  ///   nothing to refine it by.
  func settled(_ beats: [Beat], tracked times: [Double]) -> [Beat] {
    zip(beats, times).map { beat, time in
      let click = nearest(to: time)
      guard isHeard(at: time), abs(click - time) < Self.reach else { return beat }
      var beat = beat
      beat.time = click
      return beat
    }
  }

  private func nearest(to time: Double) -> Double {
    phase + ((time - phase) / period).rounded() * period
  }

  private func isHeard(at time: Double) -> Bool {
    let window = Int(time / (Self.windowBeats * period))
    return !fits.indices.contains(window) || fits[window]
  }

  /// The period of whole or half BPM, if beats at either end of the song hardly move with it.
  private static func metronome(near period: Double, span: Double) -> Double {
    let whole = 120 / (120 / period).rounded()
    return abs(whole / period - 1) * span / 2 < still ? whole : period
  }

  /// The median of the periods among which most of the song lies.
  private static func commonPeriod(_ beats: [Beat]) -> Double? {
    let gaps = zip(beats, beats.dropFirst()).filter { $0.0.quarters >= 1 }
      .map { $1.time - $0.time }.filter { $0 > 0 }.sorted()
    func around(_ gap: Double) -> [Double] { gaps.filter { abs($0 / gap - 1) < 0.04 } }
    func seconds(_ gap: Double) -> Double { around(gap).reduce(0, +) }
    let candidates = stride(from: 0, to: gaps.count, by: max(1, gaps.count / 100)).map { gaps[$0] }
    guard let common = candidates.max(by: { seconds($0) < seconds($1) }) else { return nil }
    let isFaster = seconds(common / 2) > faster * seconds(common)
    let chosen = around(isFaster ? common / 2 : common)
    return chosen[chosen.count / 2]
  }
}
