package import Audio
package import ChartFormat

/// What a person may choose about a conversion.
package struct ConversionOptions: Hashable, Sendable {
  /// The model's file (safetensors).
  package var model: String
  /// Hits heard with a lower calibrated probability are left out, 0...1.
  package var minimumConfidence = 0.0
  /// Vorbis quality of `song.ogg`, 0...1.
  package var quality = OggWriter.defaultQuality
  /// The file that the chart is written to: `notes.chart` or `notes.mid`.
  package var format = ChartFileFormat.chart
  package var limits = DecodeLimits()
  /// Seconds; shorter files are no songs but effects and fragments, and have no beat to be found.
  package var minimumSeconds = 3.0

  package init(model: String) { self.model = model }
}

/// News from a running conversion.
package enum ConversionProgress: Hashable, Sendable {
  /// A stage is at work; `fraction` is the part of the whole conversion that is done, 0...1.
  case working(ConversionStage, fraction: Double)
  /// The song was read: its format for people and its length in seconds.
  case decoded(format: String, seconds: Double)
}
