package import DrumNet

/// One drum hit, before any grid.
package struct Onset: Hashable, Sendable {
  /// Seconds from the first sample of the audio.
  package var time: Double
  package var drum: DrumClass
  /// Loudness as MIDI has it, 1...127; 0 only in annotations that do not give one.
  package var velocity: Int
  /// Calibrated probability that the hit is really there, 0...1.
  package var confidence: Double
  /// Whether a hi-hat stroke is open; `false` for every other drum.
  package var isOpen: Bool
  /// Whether a grace note on the same drum leads to it (``DoubleHits``), which is no hit of its own.
  package var isFlam = false

  package init(
    time: Double, drum: DrumClass, velocity: Int = 100, confidence: Double = 1, isOpen: Bool = false
  ) {
    self.time = time
    self.drum = drum
    self.velocity = velocity
    self.confidence = confidence
    self.isOpen = isOpen
  }

  /// The same hit, `seconds` later.
  package func delayed(by seconds: Double) -> Onset {
    var copy = self
    copy.time += seconds
    return copy
  }
}
