internal import Glibc

/// One stroke at a time in seconds.
package struct TimedHit: Hashable, Sendable {
  package var time: Double
  package var articulation: Articulation
  package var velocity: Int
  package var variant: Int

  package init(time: Double, articulation: Articulation, velocity: Int, variant: Int = 0) {
    self.time = time
    self.articulation = articulation
    self.velocity = velocity
    self.variant = variant
  }
}

/// Plays strokes on a virtual kit into a buffer: a stroke at time t has its measured onset at t.
package enum DrumRenderer {
  /// A stroke that is already sounding when the buffer begins is heard from its middle; hats are
  /// choked by the next stroke on the same hats.
  /// - Parameter hits: ascending in time; times may be negative.
  package static func render(
    _ hits: [TimedHit], kit: VirtualKit, into output: inout [Float], sampleRate: Int = 44_100,
    using generator: inout SeededGenerator
  ) {
    unsafe output.withUnsafeMutableBufferPointer { buffer in
      var nextHihat = Double.infinity
      var ends = [Double](repeating: .infinity, count: hits.count)
      for (i, hit) in hits.enumerated().reversed() where hit.articulation.isHihat {
        ends[i] = nextHihat
        nextHihat = hit.time
      }
      for (hit, end) in zip(hits, ends) {
        let instrument: VirtualKit.Instrument
        if hit.articulation == .percussion {
          guard !kit.percussion.isEmpty else { continue }
          instrument = kit.percussion[hit.variant % kit.percussion.count]
        } else {
          guard let found = kit.instruments[hit.articulation] else { continue }
          instrument = found
        }
        unsafe play(
          hit, on: instrument, until: end, into: buffer, rate: Double(sampleRate),
          using: &generator)
      }
    }
  }

  private static func play(
    _ hit: TimedHit, on instrument: VirtualKit.Instrument, until end: Double,
    into output: UnsafeMutableBufferPointer<Float>, rate: Double,
    using generator: inout SeededGenerator
  ) {
    let (index, velocityGain) = instrument.voice.sample(velocity: hit.velocity, using: &generator)
    let sample = instrument.voice.samples[index]
    // A stroke lands a little elsewhere every time.
    let step = instrument.pitch * (1 + 0.004 * (generator.unit() - 0.5))
    let gain = velocityGain * sample.scale * (1 + 0.1 * Float(generator.unit() - 0.5))
    let start = hit.time * rate - sample.onset / step
    let fade = 0.03 * rate
    let stop = min(Double(output.count), end * rate + fade)
    let envelope = Envelope(
      gain: gain, damping: instrument.damping / rate, hold: hit.time * rate,
      fadeStart: end * rate, fadeLength: fade)
    if instrument.closeGain > 0 || sample.room.isEmpty {
      let close =
        sample.room.isEmpty
        ? max(instrument.closeGain, instrument.roomGain * 0.5) : instrument.closeGain
      unsafe mix(
        sample.close, start: start, step: step, stop: stop, envelope: envelope, gain: close,
        into: output)
    }
    if instrument.roomGain > 0 && !sample.room.isEmpty {
      unsafe mix(
        sample.room, start: start, step: step, stop: stop, envelope: envelope,
        gain: instrument.roomGain, into: output)
    }
  }

  /// Gain over time, in output samples.
  private struct Envelope {
    var gain: Float
    /// Nepers per sample, from `hold` on.
    var damping: Double
    var hold: Double
    var fadeStart: Double
    var fadeLength: Double

    func value(at position: Double) -> Float {
      var value = gain
      if damping > 0 && position > hold { value *= Float(exp(-damping * (position - hold))) }
      if position > fadeStart {
        value *= Float(max(0, 1 - (position - fadeStart) / fadeLength))
      }
      return value
    }
  }

  /// Adds a sample, resampled by cubic interpolation, in blocks with a linear envelope each.
  private static func mix(
    _ source: [Int16], start: Double, step: Double, stop: Double, envelope: Envelope, gain: Float,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    guard source.count > 8 else { return }
    // Interpolation looks one sample back and two ahead.
    let first = max(0, Int((start + 1 / step).rounded(.up)))
    let last = min(Int(stop), Int((start + Double(source.count - 4) / step).rounded(.down)))
    unsafe source.withUnsafeBufferPointer { source in
      var position = first
      while position < last {
        let end = min(position + 256, last)
        let from = envelope.value(at: Double(position)) * gain
        let to = envelope.value(at: Double(end)) * gain
        // The envelope only falls: what is silent now stays silent.
        if to == 0 && from == 0 { return }
        unsafe block(
          source, phase: (Double(position) - start) * step, step: step, from: from,
          slope: (to - from) / Float(end - position),
          into: UnsafeMutableBufferPointer(rebasing: output[position..<end]))
        position = end
      }
    }
  }

  /// Catmull-Rom interpolation in fixed point: 32 bits of fraction.
  /// - Parameter phase: index of the first sample, at least 1; the last one is at most `count - 3`.
  private static func block(
    _ source: UnsafeBufferPointer<Int16>, phase: Double, step: Double, from: Float, slope: Float,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(phase >= 1 && phase + step * Double(output.count - 1) < Double(source.count - 2))
    guard let samples = source.baseAddress, let out = output.baseAddress else { return }
    var place = Int64(phase * 0x1p32)
    let increment = Int64(step * 0x1p32)
    var gain = from
    for i in 0..<output.count {
      let near = unsafe samples + Int(place >> 32)
      let t = Float(UInt32(truncatingIfNeeded: place) >> 8) * 0x1p-24
      let a = unsafe Float(near[-1])
      let b = unsafe Float(near[0])
      let c = unsafe Float(near[1])
      let d = unsafe Float(near[2])
      let slope1 = 0.5 * (c - a)
      let slope2 = 0.5 * (d - b)
      let rise = b - c
      let cubic = ((2 * rise + slope1 + slope2) * t - (3 * rise + 2 * slope1 + slope2)) * t
      unsafe out[i] += gain * (((cubic + slope1) * t) + b)
      gain += slope
      place &+= increment
    }
  }
}
