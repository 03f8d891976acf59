/// A matrix of time frames by frequency bins, row-major `(frames, bins)`.
package struct Spectrogram: Sendable {
  package var frames: Int
  package var bins: Int
  /// Frames per second; frame `i` is centred on the time `i / framesPerSecond`.
  package var framesPerSecond: Double
  /// `frames * bins` values.
  package var values: [Float]

  package init(frames: Int, bins: Int, framesPerSecond: Double, values: [Float]) {
    precondition(values.count == frames * bins)
    self.frames = frames
    self.bins = bins
    self.framesPerSecond = framesPerSecond
    self.values = values
  }
}
