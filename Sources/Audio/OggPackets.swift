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

/// One page of the stream.
struct OggPage {
  /// Samples up to its last finished packet: 0 in headers, all ones where none is finished.
  let granule: ArraySlice<UInt8>
  let segments: [UInt8]
  let content: [UInt8]

  var isAudio: Bool { granule.contains { $0 != 0 } && granule.contains { $0 != 0xFF } }

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
      return OggPage(granule: header[6..<14], segments: segments, content: content)
    }
    return nil
  }
}
