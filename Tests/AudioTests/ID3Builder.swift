/// Builds ID3v2 tags byte by byte.
struct ID3Builder {
  /// 3 or 4.
  var version = 3
  var frames: [UInt8] = []

  /// A text frame; `encoding` 0 is Latin-1, 1 UTF-16 with a mark, 3 UTF-8.
  mutating func text(_ id: String, _ text: String, encoding: UInt8 = 3) {
    switch encoding {
    case 0: raw(id, [0] + text.unicodeScalars.map { UInt8($0.value) })
    case 1:
      raw(id, [1, 0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    default: raw(id, [3] + text.utf8)
    }
  }

  mutating func picture(_ bytes: [UInt8], kind: UInt8 = 3) {
    raw("APIC", [0] + "image/png".utf8 + [0, kind, 0] + bytes)
  }

  mutating func raw(_ id: String, _ body: [UInt8]) {
    frames += id.utf8 + size(body.count, isSyncSafe: version == 4) + [0, 0] + body
  }

  var bytes: [UInt8] {
    "ID3".utf8 + [UInt8(version), 0, 0] + size(frames.count, isSyncSafe: true) + frames
  }

  private func size(_ value: Int, isSyncSafe: Bool) -> [UInt8] {
    let shift = isSyncSafe ? 7 : 8
    return (0..<4).reversed().map { UInt8(value >> ($0 * shift) & ((1 << shift) - 1)) }
  }

  /// The 128 bytes of ID3v1 with raw texts.
  static func version1(
    title: [UInt8], artist: [UInt8] = [], album: [UInt8] = [], year: String = "    ",
    track: UInt8 = 0, genre: UInt8 = 255
  ) -> [UInt8] {
    func field(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
      Array((bytes + [UInt8](repeating: 0, count: count)).prefix(count))
    }
    return "TAG".utf8 + field(title, 30) + field(artist, 30) + field(album, 30) + year.utf8
      + field([], 28) + [0, track, genre]
  }
}
