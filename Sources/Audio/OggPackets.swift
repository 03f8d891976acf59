/// The packets at the beginning of an Ogg file's first logical stream (RFC 3533).
enum OggPackets {
  /// Headers of Vorbis, Opus and FLAC: more than these are audio.
  private static let mostPackets = 16

  /// The first packets, until the first page that carries audio (a granule position above 0), the
  /// byte limit or damage.
  static func first(_ file: MediaFile, start: Int) throws(AudioError) -> [[UInt8]] {
    var packets: [[UInt8]] = []
    var open: [UInt8] = []
    var offset = start
    var serial: ArraySlice<UInt8>?
    while packets.count < mostPackets, offset - start < CommentBlocks.limit {
      let header = try file.bytes(at: offset, count: 27)
      guard header.count == 27, header.starts(with: "OggS".utf8) else { break }
      let segments = try file.bytes(at: offset + 27, count: Int(header[26]))
      let length = segments.reduce(0) { $0 + Int($1) }
      let body = offset + 27 + segments.count
      offset = body + length
      guard segments.count == Int(header[26]) else { break }
      serial = serial ?? header[14..<18]
      guard serial == header[14..<18] else { continue }
      let isAudio = header[6..<14].contains { $0 != 0 } && header[6..<14].contains { $0 != 0xFF }
      if isAudio { break }
      var content = try file.bytes(at: body, count: length)[...]
      guard content.count == length else { break }
      for segment in segments {
        open += content.prefix(Int(segment))
        content = content.dropFirst(Int(segment))
        // A segment shorter than 255 ends its packet.
        if segment < 255 {
          packets.append(open)
          open = []
        }
      }
    }
    return packets
  }
}
