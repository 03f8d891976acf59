/// What a decoder accepts. Checked against the header before decoding, and against what really
/// comes out during it, because headers lie.
package struct DecodeLimits: Hashable, Sendable {
  /// Bytes of the file: an hour of 24-bit 48 kHz stereo is just over 1 GB.
  package var fileBytes = 1 << 30
  /// Seconds of audio: whole concerts and mixes, but no audio books.
  package var seconds = 90.0 * 60
  /// Hz.
  package var sampleRates = 4_000...192_000
  package var channels = 8
  /// Samples over all channels, 4 bytes each, where a whole song is kept in memory: 30 minutes of
  /// 48 kHz stereo need 173 million. Songs that are read block by block may be longer.
  package var samples = 200_000_000

  package init() {}
}

extension DecodeLimits {
  /// The reason why audio of this shape is refused, or `nil`. `channels` counts those in the file.
  func refusal(frames: Int, sampleRate: Int, channels: Int) -> String? {
    guard sampleRates.contains(sampleRate) else {
      return "its sample rate of \(sampleRate) Hz is outside "
        + "\(sampleRates.lowerBound)-\(sampleRates.upperBound) Hz"
    }
    guard (1...self.channels).contains(channels) else {
      return "it has \(channels) channels; 1-\(self.channels) can be read"
    }
    let length = Double(frames) / Double(sampleRate)
    guard length <= seconds else {
      return "it lasts longer than the limit of \(Int(seconds / 60)) minutes"
    }
    return nil
  }
}
