/// The front end's settings. They travel inside every checkpoint, so that training and
/// transcription can never see different features.
package struct MelSettings: Codable, Hashable, Sendable {
  /// Hz; audio is resampled to this rate first.
  package var sampleRate = 44_100
  /// Samples in one Hann window and in one transform.
  package var windowLength = 2_048
  /// Samples between frames: 441 at 44.1 kHz is 100 frames per second.
  package var hopLength = 441
  package var bins = 128
  /// Hz, lower edge of the first band and upper edge of the last.
  package var minimumFrequency = 30.0
  package var maximumFrequency = 17_000.0
  /// `c` in `log(1 + c * magnitude)`.
  package var compression = 1_000.0

  package init() {}

  package var framesPerSecond: Double { Double(sampleRate) / Double(hopLength) }
}
