/// One recorded stroke, kept as 16-bit integers to save memory.
package struct DrumSample: Sendable {
  /// The microphone of the piece itself, or the only mix there is.
  package var close: [Int16]
  /// Overheads and room, aligned with `close`; empty where there are none.
  package var room: [Int16]
  /// Amplitude of one integer step.
  package var scale: Float
  /// Samples from the start of the arrays to the measured onset.
  package var onset: Double
  /// The highest velocity that this stroke is for.
  package var velocity: Int
  /// Root mean square over the 50 ms after the onset, of `close`.
  package var level: Float

  /// - Parameter onset: seconds; measured where it is not known.
  package init(
    close: [Float], room: [Float] = [], sampleRate: Int = 44_100, onset: Double? = nil,
    velocity: Int
  ) {
    let peak = max(OnsetMeasure.peak(close), OnsetMeasure.peak(room), 1e-9)
    scale = peak / 32_767
    let factor = 32_767 / peak
    self.close = close.map { Int16(($0 * factor).rounded()) }
    self.room = room.map { Int16(($0 * factor).rounded()) }
    let seconds = onset ?? OnsetMeasure.onset(of: close, sampleRate: sampleRate) ?? 0
    self.onset = seconds * Double(sampleRate)
    self.velocity = velocity
    let start = min(Int(self.onset), close.count)
    level = OnsetMeasure.rootMeanSquare(close[start..<min(close.count, start + sampleRate / 20)])
  }
}

/// The measures by which samples are aligned and levelled.
package enum OnsetMeasure {
  /// When a stroke begins, in seconds from the start of the samples: with P the largest magnitude in
  /// the first 30 ms, the first time that the magnitude reaches 0.1 P, interpolated linearly
  /// (the definition of the drum kits' `onset_s`). `nil` where all is silent.
  package static func onset(of samples: [Float], sampleRate: Int) -> Double? {
    let head = samples.prefix(sampleRate * 30 / 1_000)
    let threshold = 0.1 * peak(head)
    guard threshold > 0, let i = head.firstIndex(where: { abs($0) >= threshold }) else {
      return nil
    }
    guard i > 0 else { return 0 }
    let before = abs(samples[i - 1])
    let here = abs(samples[i])
    let fraction = Double((threshold - before) / (here - before))
    return (Double(i - 1) + fraction) / Double(sampleRate)
  }

  package static func peak(_ samples: some Collection<Float>) -> Float {
    samples.reduce(0) { max($0, abs($1)) }
  }

  package static func rootMeanSquare(_ samples: some Collection<Float>) -> Float {
    guard !samples.isEmpty else { return 0 }
    return (samples.reduce(0) { $0 + $1 * $1 } / Float(samples.count)).squareRoot()
  }

  /// The part of a sample worth keeping: silence before the stroke cut to 2 ms before its onset, the
  /// tail cut where 20 ms fall 60 dB below the loudest 20 ms, at most `seconds` long, with a fade.
  package static func trimmed(
    _ samples: [Float], sampleRate: Int, seconds: Double
  ) -> (samples: [Float], onset: Double)? {
    let loudest = peak(samples.prefix(sampleRate * 2))
    guard loudest > 1e-5,
      let first = samples.firstIndex(where: { abs($0) >= loudest * 0.03 })
    else { return nil }
    let start = max(0, first - sampleRate / 200)
    var body = Array(samples[start..<min(samples.count, start + Int(seconds * Double(sampleRate)))])
    let block = sampleRate / 50
    let levels = stride(from: 0, to: body.count, by: block).map {
      rootMeanSquare(body[$0..<min(body.count, $0 + block)])
    }
    let floor = (levels.max() ?? 0) * 1e-3
    let last = levels.lastIndex { $0 > floor } ?? 0
    body.removeSubrange(min(body.count, (last + 1) * block)...)
    let fade = min(body.count, block)
    for i in 0..<fade { body[body.count - 1 - i] *= Float(i) / Float(fade) }
    guard let onset = onset(of: body, sampleRate: sampleRate) else { return nil }
    let cut = max(0, Int(onset * Double(sampleRate)) - sampleRate / 500)
    return (Array(body[cut...]), onset - Double(cut) / Double(sampleRate))
  }
}
