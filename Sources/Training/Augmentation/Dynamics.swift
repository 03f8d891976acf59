internal import Glibc

/// Compression, saturation and limiting.
package enum Dynamics {
  /// A feed-forward compressor on the signal's own envelope.
  /// - Parameters:
  ///   - threshold: dB below the loudest part, where compression begins.
  ///   - ratio: decibels in per decibel out above it.
  ///   - attack: seconds.
  ///   - release: seconds.
  package static func compress(
    _ samples: inout [Float], threshold: Double, ratio: Double, attack: Double, release: Double,
    sampleRate: Double = 44_100
  ) {
    let peak = OnsetMeasure.peak(samples)
    guard peak > 0 else { return }
    let level = peak * amplitude(decibels: threshold)
    let slope = Float(1 / ratio - 1)
    // The envelope moves every 16 samples (0.36 ms): finer than any attack used here.
    let block = 16
    let rise = Float(1 - exp(-Double(block) / (attack * sampleRate)))
    let fall = Float(1 - exp(-Double(block) / (release * sampleRate)))
    unsafe samples.withUnsafeMutableBufferPointer { x in
      var envelope: Float = 0
      var gain: Float = 1
      var start = 0
      while start < x.count {
        let end = min(start + block, x.count)
        var loudest: Float = 0
        for i in start..<end { loudest = unsafe max(loudest, abs(x[i])) }
        envelope += (loudest - envelope) * (loudest > envelope ? rise : fall)
        let target = envelope > level ? powf(envelope / level, slope) : 1
        let step = (target - gain) / Float(block)
        for i in start..<end {
          gain += step
          unsafe x[i] *= gain
        }
        start = end
      }
    }
  }

  /// A soft clipper, x (27 + x²) / (27 + 9 x²), which is within 2 % of tanh up to its flat end.
  /// - Parameter drive: how far above the knee the loudest sample is pushed; the level is restored.
  package static func saturate(_ samples: inout [Float], drive: Float) {
    let peak = OnsetMeasure.peak(samples)
    guard peak > 0 else { return }
    clip(&samples, gain: drive / peak, makeup: peak / softClip(drive))
  }

  /// Raises the level and lets peaks run into the soft clipper, as loud mastering does.
  package static func limit(_ samples: inout [Float], decibels: Double) {
    let peak = OnsetMeasure.peak(samples)
    guard peak > 0 else { return }
    clip(&samples, gain: amplitude(decibels: decibels) / peak, makeup: peak)
  }

  private static func softClip(_ x: Float) -> Float {
    let x = min(max(x, -3), 3)
    return x * (27 + x * x) / (27 + 9 * x * x)
  }

  private static func clip(_ samples: inout [Float], gain: Float, makeup: Float) {
    unsafe samples.withUnsafeMutableBufferPointer { x in
      for i in 0..<x.count { unsafe x[i] = makeup * softClip(x[i] * gain) }
    }
  }
}
