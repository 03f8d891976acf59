/// The header of one MPEG audio frame (ISO 11172-3, 13818-3 and the 2.5 extension).
struct MPEGFrame: Hashable {
  /// Bits that stay the same over a whole stream: version, layer and sampling rate.
  let signature: UInt32
  /// Bytes from this header to the next.
  let length: Int

  /// kbit/s by index 1...14, for version 1 layers I, II, III and version 2 layers I, II/III.
  private static let bitRates: [[Int]] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ]

  /// Reads the header at `offset`; free-format streams are not recognised, nobody makes them.
  init?(_ bytes: [UInt8], at offset: Int) {
    guard offset + 4 <= bytes.count, bytes[offset] == 0xFF, bytes[offset + 1] & 0xE0 == 0xE0 else {
      return nil
    }
    let word = bytes[offset..<offset + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    let version = Int(word >> 19 & 3)
    let layer = 4 - Int(word >> 17 & 3)
    let bitRateIndex = Int(word >> 12 & 15)
    let rateIndex = Int(word >> 10 & 3)
    guard version != 1, layer < 4, (1...14).contains(bitRateIndex), rateIndex < 3 else {
      return nil
    }
    let isFirstVersion = version == 3
    let table = isFirstVersion ? layer - 1 : (layer == 1 ? 3 : 4)
    let bitRate = Self.bitRates[table][bitRateIndex - 1] * 1_000
    let halving = [3: 1, 2: 2, 0: 4][version]!
    let sampleRate = [44_100, 48_000, 32_000][rateIndex] / halving
    let padding = Int(word >> 9 & 1)
    length =
      switch layer {
      case 1: (12 * bitRate / sampleRate + padding) * 4
      case 3 where !isFirstVersion: 72 * bitRate / sampleRate + padding
      default: 144 * bitRate / sampleRate + padding
      }
    signature = word & 0xFFFE_0C00
  }

  /// The offset of the first of three frames in a row; at the end of the file fewer will do.
  ///
  /// Three, because random bytes show two matching headers once in a few thousand windows.
  static func first(in window: [UInt8], isEnd: Bool) -> Int? {
    for offset in window.indices where window[offset] == 0xFF {
      guard let frame = MPEGFrame(window, at: offset) else { continue }
      var next = offset + frame.length
      var seen = 1
      while seen < 3, let follower = MPEGFrame(window, at: next),
        follower.signature == frame.signature
      {
        seen += 1
        next += follower.length
      }
      let rest = window.count - next
      if seen == 3 || isEnd && rest < 4 && (seen == 2 || offset == 0) { return offset }
    }
    return nil
  }
}
