internal import CSpectral
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
  private let firstBins: [Int32]
  private let weightCounts: [Int32]
  private let weights: [Float]
  private var magnitudes: [Float]

  package init(settings: MelSettings) {
    precondition(settings.hopLength > 0 && settings.bins > 0)
    self.settings = settings
    let length = settings.windowLength
    transform = RealFFT(length: length)
    window = (0..<length).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length))) }
    let bands = MelFilterbank(settings: settings).bands
    firstBins = bands.map { Int32($0.firstBin) }
    weightCounts = bands.map { Int32($0.weights.count) }
    weights = bands.flatMap(\.weights)
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
      let start = frame * settings.hopLength - settings.windowLength / 2
      unsafe transform.forward {
        unsafe cs_window($0, samples, samples.count, start, window, window.count)
      } measure: {
        unsafe cs_magnitudes(&magnitudes, $0, magnitudes.count)
      }
      unsafe values.withUnsafeMutableBufferPointer {
        unsafe cs_bands(
          $0.baseAddress! + row * bins, magnitudes, firstBins, weightCounts, weights, bins,
          Float(settings.compression))
      }
    }
    return values
  }
}
