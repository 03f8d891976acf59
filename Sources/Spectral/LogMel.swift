internal import Glibc

/// The front end: `log(1 + c * mel(|STFT|))`, the same for training and transcription.
///
/// Frame `i` is centred on sample `i * hopLength`; outside the audio there is silence. Equal to
/// librosa's `log1p(c * melspectrogram(y, power=1, center=True, pad_mode='constant'))`. Each frame
/// depends on its own samples only, so parts computed separately are the same bits as the whole.
///
/// Not `Sendable`: each thread makes its own.
package final class LogMel {
  package let settings: MelSettings
  private let transform: RealFFT
  /// Periodic Hann window.
  private let window: [Float]
  /// The filterbank, all bands' weights end to end.
  private let firstBins: [Int]
  private let weightCounts: [Int]
  private let weights: [Float]
  private var frame: [Float]
  private var spectrum: [Float]
  private var magnitudes: [Float]

  package init(settings: MelSettings) {
    precondition(settings.hopLength > 0 && settings.bins > 0)
    self.settings = settings
    let length = settings.windowLength
    transform = RealFFT(length: length)
    window = (0..<length).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length))) }
    let bands = MelFilterbank(settings: settings).bands
    firstBins = bands.map(\.firstBin)
    weightCounts = bands.map(\.weights.count)
    weights = bands.flatMap(\.weights)
    frame = Array(repeating: 0, count: length)
    spectrum = Array(repeating: 0, count: transform.spectrumCount)
    magnitudes = Array(repeating: 0, count: length / 2 + 1)
  }

  /// Frames that `sampleCount` samples make: one per hop, and one at the start.
  package func frameCount(sampleCount: Int) -> Int {
    sampleCount == 0 ? 0 : 1 + sampleCount / settings.hopLength
  }

  /// The whole spectrogram of mono samples at `settings.sampleRate`.
  package func spectrogram(of samples: [Float]) -> Spectrogram {
    let frames = frameCount(sampleCount: samples.count)
    return Spectrogram(
      frames: frames, bins: settings.bins, framesPerSecond: settings.framesPerSecond,
      values: values(of: samples, frames: 0..<frames))
  }

  /// Some frames only, `(frames, bins)`: for callers that hold a window of the audio, whose sample
  /// 0 is then the centre of frame 0.
  package func values(of samples: [Float], frames: Range<Int>) -> [Float] {
    let bins = settings.bins
    var values = [Float](repeating: 0, count: frames.count * bins)
    for (row, frame) in frames.enumerated() {
      fill(frame: frame, of: samples)
      transform.forward(self.frame, into: &spectrum)
      measure()
      project(into: &values, at: row * bins)
    }
    return values
  }

  private func fill(frame index: Int, of samples: [Float]) {
    let start = index * settings.hopLength - settings.windowLength / 2
    let inside = max(0, -start)..<max(max(0, -start), min(frame.count, samples.count - start))
    for i in 0..<inside.lowerBound { frame[i] = 0 }
    for i in inside { frame[i] = samples[start + i] * window[i] }
    for i in inside.upperBound..<frame.count { frame[i] = 0 }
  }

  private func measure() {
    for i in magnitudes.indices {
      let real = spectrum[2 * i]
      let imaginary = spectrum[2 * i + 1]
      magnitudes[i] = (real * real + imaginary * imaginary).squareRoot()
    }
  }

  private func project(into values: inout [Float], at row: Int) {
    let compression = Float(settings.compression)
    var offset = 0
    for band in firstBins.indices {
      let first = firstBins[band]
      let count = weightCounts[band]
      var sum: Float = 0
      for i in 0..<count { sum += weights[offset + i] * magnitudes[first + i] }
      offset += count
      // log1p, because 1 + x loses the small x of quiet passages.
      values[row + band] = log1pf(compression * sum)
    }
  }
}
