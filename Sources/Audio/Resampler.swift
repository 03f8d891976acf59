/// Sample rate conversion of whole channels, as ``StreamResampler`` does it of blocks.
package enum Resampler {
  /// Converts one channel; the result has `round(count * to / from)` samples.
  package static func resample(_ samples: [Float], from: Int, to: Int) throws(AudioError) -> [Float]
  {
    guard from != to, !samples.isEmpty else { return samples }
    let stream = try StreamResampler(from: from, to: to)
    let output = try stream.resample(samples)
    return output + (try stream.finish())
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
