/// Builds WAV files byte by byte, honest ones and others.
struct RIFF {
  var magic = "RIFF"
  var formatTag = 1
  var channels = 1
  var rate = 44_100
  var bits = 16
  var data: [UInt8] = []
  /// What the headers claim; `nil` is the truth.
  var claimedSize: Int?
  var claimedDataSize: Int?
  var blockAlign: Int?
  /// Chunks between format and data.
  var extra: [UInt8] = []
  var hasFormat = true

  static func word(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    name.utf8 + word(body.count, 4) + body + (body.count % 2 == 0 ? [] : [0])
  }

  /// A LIST chunk of INFO texts, bytes as they are.
  static func info(_ fields: [(String, [UInt8])]) -> [UInt8] {
    chunk("LIST", "INFO".utf8 + fields.flatMap { chunk($0.0, $0.1 + [0]) })
  }

  var bytes: [UInt8] {
    let align = blockAlign ?? channels * bits / 8
    let format =
      Self.word(formatTag, 2) + Self.word(channels, 2) + Self.word(rate, 4)
      + Self.word(rate * align, 4) + Self.word(align, 2) + Self.word(bits, 2)
    var body = Array("WAVE".utf8)
    if magic == "RF64" {
      // The true sizes stand here, the others are all ones.
      let frames = data.count / max(1, align)
      body += Self.chunk(
        "ds64",
        Self.word(data.count + 100, 8) + Self.word(data.count, 8) + Self.word(frames, 8)
          + Self.word(0, 4))
    }
    if hasFormat { body += Self.chunk("fmt ", format) }
    body += extra
    let dataSize = claimedDataSize ?? (magic == "RF64" ? 0xFFFF_FFFF : data.count)
    body += "data".utf8 + Self.word(dataSize, 4) + data
    let size = claimedSize ?? (magic == "RF64" ? 0xFFFF_FFFF : body.count)
    return magic.utf8 + Self.word(size, 4) + body
  }

  /// The bursts as integers of `bits`, in every channel.
  static func bursts(bits: Int, channels: Int = 1, rate: Int = 44_100) -> RIFF {
    let top = Double(1 << (bits - 1)) - 1
    let data = Bursts.samples.flatMap { sample -> [UInt8] in
      // 8-bit WAV is the only unsigned kind.
      let value = Int((sample * top).rounded()) + (bits == 8 ? 128 : 0)
      let word = word(value, bits / 8)
      return (0..<channels).flatMap { _ in word }
    }
    return RIFF(channels: channels, rate: rate, bits: bits, data: data)
  }

  /// 32- or 64-bit float samples, as they are.
  static func float(_ samples: [Double], bits: Int = 32) -> RIFF {
    let data = samples.flatMap { sample in
      bits == 32
        ? word(Int(Float(sample).bitPattern), 4)
        : word(Int(truncatingIfNeeded: sample.bitPattern), 8)
    }
    return RIFF(formatTag: 3, bits: bits, data: data)
  }
}
