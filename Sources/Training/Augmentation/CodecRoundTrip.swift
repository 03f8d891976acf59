internal import Audio

/// A listener's copy of a song: through MP3, Ogg Vorbis or Ogg Opus at what would be 96 to 320 kbit/s
/// in stereo.
package enum CodecRoundTrip {
  /// Encodes and decodes in place; every sample keeps its place.
  package static func apply(
    to samples: inout [Float], using generator: inout SeededGenerator
  ) throws {
    let codec: LossyCodec
    switch generator.index(4) {
    case 0, 1: codec = .mp3(kilobits: generator.pick([48, 56, 64, 80, 96, 112, 128, 160]))
    case 2: codec = .vorbis(quality: generator.uniform(0.05, 0.8))
    default: codec = .opus(kilobits: Int(generator.logUniform(40, 128)))
    }
    samples = try codec.roundTrip(samples)
  }
}
