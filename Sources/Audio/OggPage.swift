/// One page of an Ogg stream (RFC 3533).
struct OggPage {
  /// 1: begins within a packet; 2: the stream's first; 4: its last.
  var flags: UInt8
  /// Samples up to its last finished packet: 0 in headers, all ones where none is finished.
  var granule: UInt64
  var serial: UInt32
  /// Counts the pages of the stream.
  var sequence: UInt32
  var segments: [UInt8]
  var content: [UInt8]

  var isAudio: Bool { granule != 0 && hasGranule }
  var hasGranule: Bool { granule != .max }

  /// Cuts the page into packets; `open` is the one that goes on from page to page.
  func addPackets(to packets: inout [[UInt8]], open: inout [UInt8]) {
    var offset = 0
    for segment in segments {
      open += content[offset..<offset + Int(segment)]
      offset += Int(segment)
      // A segment shorter than 255 ends its packet.
      if segment < 255 {
        packets.append(open)
        open = []
      }
    }
  }

  /// As it stands in a file.
  var bytes: [UInt8] {
    func little(_ value: UInt64, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
    var bytes = Array("OggS".utf8) + [0, flags]
    bytes += little(granule, 8) + little(UInt64(serial), 4) + little(UInt64(sequence), 4)
    bytes += [0, 0, 0, 0, UInt8(segments.count)]
    bytes += segments
    bytes += content
    bytes.replaceSubrange(22..<26, with: little(UInt64(Self.checksum(bytes)), 4))
    return bytes
  }

  /// The checksum of RFC 3533: a CRC of the polynomial 0x04C11DB7, from 0, nothing reflected.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.reduce(0) { $0 << 8 ^ table[Int($0 >> 24 ^ UInt32($1))] }
  }

  private static let table = (0..<256 as Range<UInt32>).map { index in
    (0..<8).reduce(index << 24) { rest, _ in
      rest << 1 ^ (rest >> 31 == 1 ? 0x04C1_1DB7 : 0)
    }
  }
}

/// Reads the pages of the first stream; those of others between them are passed over.
struct OggPageReader {
  private let file: MediaFile
  private let end: Int
  private var offset: Int
  private var serial: ArraySlice<UInt8>?

  init(_ file: MediaFile, start: Int, limit: Int) {
    self.file = file
    offset = start
    end = start + limit
  }

  /// The next page, `nil` at the end, the byte limit or damage.
  mutating func next() throws(AudioError) -> OggPage? {
    while offset < end {
      let header = try file.bytes(at: offset, count: 27)
      guard header.count == 27, header.starts(with: "OggS".utf8) else { return nil }
      let segments = try file.bytes(at: offset + 27, count: Int(header[26]))
      let length = segments.reduce(0) { $0 + Int($1) }
      let body = offset + 27 + segments.count
      guard segments.count == Int(header[26]) else { return nil }
      offset = body + length
      serial = serial ?? header[14..<18]
      guard serial == header[14..<18] else { continue }
      let content = try file.bytes(at: body, count: length)
      guard content.count == length else { return nil }
      return OggPage(
        flags: header[5], granule: Self.little(header[6..<14]),
        serial: UInt32(truncatingIfNeeded: Self.little(header[14..<18])),
        sequence: UInt32(truncatingIfNeeded: Self.little(header[18..<22])), segments: segments,
        content: content)
    }
    return nil
  }

  private static func little(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
