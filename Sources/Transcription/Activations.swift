/// What the network heard: probabilities per frame, row-major `(frames, OutputLayout.count)`.
/// The seam between the network and everything after it; it can be saved and loaded.
package struct Activations: Sendable {
  package var frames: Int
  /// Frames per second; row `i` belongs to the time `i / framesPerSecond`.
  package var framesPerSecond: Double
  /// `frames * OutputLayout.count` values in 0...1.
  package var values: [Float]

  package init(frames: Int, framesPerSecond: Double, values: [Float]) {
    self.frames = frames
    self.framesPerSecond = framesPerSecond
    self.values = values
  }
}
