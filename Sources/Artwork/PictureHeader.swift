/// A picture's format and size as its first bytes give them, before any decoder sees it.
struct PictureHeader: Hashable {
  enum Format { case jpeg, png, gif, webp }

  var format: Format
  var width: Int
  var height: Int

  /// Pixels that may be decoded: 4 bytes each, so 160 MB. Covers are 1 to 10 million.
  static let pixelLimit = 40_000_000

  var isAcceptable: Bool { width > 0 && height > 0 && width * height <= Self.pixelLimit }

  init?(_ bytes: [UInt8]) {
    func big(_ offset: Int, _ count: Int) -> Int? {
      guard offset + count <= bytes.count else { return nil }
      return bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }
    func little(_ offset: Int, _ count: Int) -> Int? {
      guard offset + count <= bytes.count else { return nil }
      return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      guard let width = big(16, 4), let height = big(20, 4) else { return nil }
      self.init(format: .png, width: width, height: height)
    } else if bytes.starts(with: "GIF8".utf8) {
      guard let width = little(6, 2), let height = little(8, 2) else { return nil }
      self.init(format: .gif, width: width, height: height)
    } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
      guard let size = Self.webp(bytes, little) else { return nil }
      self.init(format: .webp, width: size.width, height: size.height)
    } else if bytes.starts(with: [0xFF, 0xD8]) {
      guard let size = Self.jpeg(bytes, big) else { return nil }
      self.init(format: .jpeg, width: size.width, height: size.height)
    } else {
      return nil
    }
  }

  private init(format: Format, width: Int, height: Int) {
    self.format = format
    self.width = width
    self.height = height
  }

  /// Walks the segments to the start-of-frame header.
  private static func jpeg(_ bytes: [UInt8], _ big: (Int, Int) -> Int?) -> (
    width: Int, height: Int
  )? {
    var offset = 2
    while let marker = big(offset, 2), marker >> 8 == 0xFF {
      let code = marker & 0xFF
      if code == 0xFF {
        offset += 1
        continue
      }
      // 0xC0-0xCF are frames, but for the Huffman, extension and arithmetic tables among them.
      if (0xC0...0xCF).contains(code), ![0xC4, 0xC8, 0xCC].contains(code) {
        guard let height = big(offset + 5, 2), let width = big(offset + 7, 2) else { return nil }
        return (width, height)
      }
      let hasNoLength = (0xD0...0xD8).contains(code) || code == 0x01
      guard let length = hasNoLength ? 0 : big(offset + 2, 2) else { return nil }
      offset += 2 + length
    }
    return nil
  }

  /// The three kinds of WebP keep their size in different places.
  private static func webp(_ bytes: [UInt8], _ little: (Int, Int) -> Int?) -> (
    width: Int, height: Int
  )? {
    switch bytes.dropFirst(12).prefix(4) {
    case let kind where kind.elementsEqual("VP8 ".utf8):
      guard let width = little(26, 2), let height = little(28, 2) else { return nil }
      return (width & 0x3FFF, height & 0x3FFF)
    case let kind where kind.elementsEqual("VP8L".utf8):
      guard let packed = little(21, 4) else { return nil }
      return ((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
    case let kind where kind.elementsEqual("VP8X".utf8):
      guard let width = little(24, 3), let height = little(27, 3) else { return nil }
      return (width + 1, height + 1)
    default: return nil
    }
  }
}
