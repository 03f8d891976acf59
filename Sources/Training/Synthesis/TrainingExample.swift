package import Transcription

/// A stretch of audio and everything that is true about it.
package struct TrainingExample: Sendable {
  /// Mono samples at 44.1 kHz.
  package var audio: [Float]
  /// Ascending in time.
  package var onsets: [Onset]
  /// Ascending in time.
  package var beats: [Beat]

  package init(audio: [Float], onsets: [Onset], beats: [Beat]) {
    self.audio = audio
    self.onsets = onsets
    self.beats = beats
  }
}
