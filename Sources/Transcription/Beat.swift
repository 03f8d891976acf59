/// One beat of the music.
package struct Beat: Hashable, Sendable {
  /// Seconds from the first sample of the audio.
  package var time: Double
  /// Place in the bar: 1 is the downbeat.
  package var position: Int

  package init(time: Double, position: Int) {
    self.time = time
    self.position = position
  }
}
