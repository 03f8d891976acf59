internal import CSoxr

/// Sample rate conversion through libsoxr at its "high quality" (20 bits, linear phase), without
/// any shift in time.
package enum Resampler {
  /// Converts one channel; the result has `round(count * to / from)` samples.
  package static func resample(_ samples: [Float], from: Int, to: Int) throws(AudioError) -> [Float]
  {
    precondition(from > 0 && to > 0)
    guard from != to, !samples.isEmpty else { return samples }
    let count = Int((Double(samples.count) * Double(to) / Double(from)).rounded())
    guard count > 0 else { return [] }
    var quality = unsafe soxr_quality_spec(UInt(SOXR_20_BITQ), 0)
    var failure: soxr_error_t?
    let output = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe failure = unsafe soxr_oneshot(
        Double(from), Double(to), 1, samples, samples.count, nil, buffer.baseAddress, count,
        &filled, nil, &quality, nil)
      // The last samples are the filter's tail; where the library rounds down they are silence.
      unsafe (buffer.baseAddress! + filled).initialize(repeating: 0, count: count - filled)
      filled = count
    }
    if let failure = unsafe failure {
      throw AudioError(
        name: "audio", stage: .resample, reason: unsafe String(cString: failure))
    }
    return output
  }
}

extension AudioBuffer {
  /// The same audio at another rate (Hz).
  package func resampled(to rate: Int) throws(AudioError) -> AudioBuffer {
    guard rate != sampleRate else { return self }
    var converted: [[Float]] = []
    for channel in channels {
      converted.append(try Resampler.resample(channel, from: sampleRate, to: rate))
    }
    return AudioBuffer(channels: converted, sampleRate: rate)
  }

  /// One channel: the mean of all.
  package func downmixed() -> [Float] {
    guard channels.count > 1 else { return channels[0] }
    var mono = channels[0]
    for channel in channels.dropFirst() {
      for i in mono.indices { mono[i] += channel[i] }
    }
    let scale = 1 / Float(channels.count)
    for i in mono.indices { mono[i] *= scale }
    return mono
  }

  /// The largest absolute sample.
  package var peak: Float {
    var peak: Float = 0
    for channel in channels {
      for sample in channel where abs(sample) > peak { peak = abs(sample) }
    }
    return peak
  }
}
