/// Interleaved samples without a header, as sound servers and converters write them to a pipe.
package struct RawPCM {
  package enum Format: String, CaseIterable, Sendable {
    case s16le, f32le

    var bytes: Int { self == .s16le ? 2 : 4 }
  }

  private let format: Format
  private let channels: Int
  private var splitter: BlockSplitter
  /// The beginning of a frame whose end has not come yet.
  private var rest: [UInt8] = []

  /// - Throws: when no such audio can be read.
  package init(
    _ format: Format, sampleRate: Int, channels: Int, limits: DecodeLimits = .init()
  ) throws(AudioError) {
    if let reason = limits.refusal(frames: 0, sampleRate: sampleRate, channels: channels) {
      throw AudioError(name: "standard input", stage: .decode, reason: reason)
    }
    self.format = format
    self.channels = channels
    splitter = BlockSplitter(fileChannels: channels, sampleRate: sampleRate, limits: limits)
  }

  /// The frames that any number of further bytes complete, in one or two channels.
  package mutating func append(_ bytes: some Sequence<UInt8>) -> AudioBuffer {
    rest += bytes
    let frames = rest.count / (channels * format.bytes)
    let samples = (0..<frames * channels).map { index in
      let at = index * format.bytes
      let bits = rest[at..<at + format.bytes].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return format == .s16le
        ? Float(Int16(truncatingIfNeeded: bits)) / 32_768 : Float(bitPattern: bits)
    }
    rest.removeFirst(frames * channels * format.bytes)
    return splitter.split(samples, frames: frames)
  }
}
