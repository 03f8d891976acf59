/// The packets of an Ogg file's first logical stream (RFC 3533).
enum OggPackets {
  /// Headers of Vorbis, Opus and FLAC: more than these are audio.
  private static let mostHeaders = 16

  /// The first packets, until the first page that carries audio (a granule position above 0), the
  /// byte limit or damage.
  static func headers(_ file: MediaFile, start: Int) throws(AudioError) -> [[UInt8]] {
    var packets: [[UInt8]] = []
    var reader = OggPageReader(file, start: start, limit: CommentBlocks.limit)
    var open: [UInt8] = []
    while packets.count < mostHeaders, let page = try reader.next(), !page.isAudio {
      page.addPackets(to: &packets, open: &open)
    }
    return packets
  }

  /// Ogg FLAC as the plain FLAC stream inside: libsndfile 1.2 cannot read what flac 1.4 writes into
  /// Ogg. The mapping puts every metadata block and every frame into a packet of its own, after 9
  /// bytes of its own in the first.
  static func plainFLAC(_ file: MediaFile, start: Int) throws(AudioError) -> MediaFile {
    var packets: [[UInt8]] = []
    var reader = OggPageReader(file, start: start, limit: file.size)
    var open: [UInt8] = []
    while let page = try reader.next() { page.addPackets(to: &packets, open: &open) }
    if !packets.isEmpty { packets[0].removeFirst(min(9, packets[0].count)) }
    return MediaFile(bytes: Array(packets.joined()), name: file.name)
  }

  /// Whether an Ogg file's first bytes announce FLAC inside.
  static func isFLAC(_ head: [UInt8]) -> Bool {
    guard head.count > 27, head.starts(with: "OggS".utf8) else { return false }
    return head.dropFirst(27 + Int(head[26])).starts(with: [0x7F] + "FLAC".utf8)
  }
}
