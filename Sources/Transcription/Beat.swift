/// One beat of the music.
package struct Beat: Hashable, Sendable {
  /// Seconds from the first sample of the audio.
  package var time: Double
  /// Place in the bar: 1 is the downbeat.
  package var position: Int
  /// Length in quarter notes: 1, or 1.5 in compound metres (6/8), or 0.5 for the short last beat of
  /// a 5/8 or 7/8 bar.
  package var quarters: Double

  package init(time: Double, position: Int, quarters: Double = 1) {
    self.time = time
    self.position = position
    self.quarters = quarters
  }
}
