import DrumNet
import Spectral

/// Mean and deviation of each bin over the first windows of a stream, which a network normalises its
/// features by.
enum InputStatistics {
  /// Windows that they are taken from.
  private static let windows = 64

  static func measure(
    _ examples: ExampleSource, mel settings: MelSettings, for network: any Network
  )
    throws
  {
    let mel = LogMel(settings: settings)
    let bins = settings.bins
    var sums = [Double](repeating: 0, count: bins)
    var squares = [Double](repeating: 0, count: bins)
    var frames = 0
    for number in 0..<windows {
      let spectrogram = mel.spectrogram(of: try examples(number).audio)
      frames += spectrogram.frames
      for frame in 0..<spectrogram.frames {
        for bin in 0..<bins {
          let value = Double(spectrogram.values[frame * bins + bin])
          sums[bin] += value
          squares[bin] += value * value
        }
      }
    }
    let mean = sums.map { $0 / Double(frames) }
    let deviation = zip(squares, mean).map { max(0, $0 / Double(frames) - $1 * $1).squareRoot() }
    network.setInputStatistics(mean: mean.map(Float.init), deviation: deviation.map(Float.init))
  }
}
