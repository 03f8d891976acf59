/// What a decoder accepts. Checked against the header before decoding, and against what really
/// comes out during it, because headers lie.
package struct DecodeLimits: Hashable, Sendable {
  /// Bytes of the file: 30 minutes of 24-bit 96 kHz stereo are just over 1 GB.
  package var fileBytes = 1 << 30
  /// Seconds of audio; longer ones are albums and mixes, not songs.
  package var seconds = 30.0 * 60
  /// Hz.
  package var sampleRates = 4_000...192_000
  package var channels = 8
  /// Samples kept over all channels, 4 bytes each: 30 minutes of 48 kHz stereo need 173 million.
  package var samples = 200_000_000

  package init() {}
}

extension DecodeLimits {
  /// The reason why audio of this shape is refused, or `nil`.
  ///
  /// `channels` counts those in the file; at most two of them are kept.
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
    guard frames * min(channels, 2) <= samples else {
      return "it is too long at \(sampleRate) Hz to fit in memory"
    }
    return nil
  }
}
