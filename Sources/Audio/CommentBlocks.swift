internal import FoundationEssentials

/// Vorbis comments and pictures in FLAC and Ogg files, which libsndfile reads only in part.
///
/// Follows the FLAC format specification (RFC 9639) and the Ogg framing of RFC 3533. Every length
/// is checked against the bytes that are there; a broken block yields what stood before it.
enum CommentBlocks {
  /// Bytes of metadata looked at: a cover of 10 MB, once more by a third as base64.
  static let limit = 16 << 20

  /// The tags of a FLAC or Ogg container at `start`, `nil` for another container.
  static func tags(_ file: MediaFile, start: Int) throws(AudioError) -> SongTags? {
    let magic = try file.bytes(at: start, count: 4)
    if magic.elementsEqual("fLaC".utf8) { return try flac(file, start: start + 4) }
    if magic.elementsEqual("OggS".utf8) { return ogg(try OggPackets.headers(file, start: start)) }
    return nil
  }

  private static func flac(_ file: MediaFile, start: Int) throws(AudioError) -> SongTags {
    var tags = SongTags()
    var offset = start
    var isLast = false
    while !isLast, offset - start < limit {
      let header = try file.bytes(at: offset, count: 4)
      guard header.count == 4 else { break }
      isLast = header[0] & 0x80 != 0
      let length = header[1...].reduce(0) { $0 << 8 | Int($1) }
      let kind = header[0] & 0x7F
      if kind == comments || kind == picture, length < limit {
        read(kind, try file.bytes(at: offset + 4, count: length), into: &tags)
      }
      offset += 4 + length
    }
    return tags
  }

  /// FLAC's block types.
  private static let comments: UInt8 = 4
  private static let picture: UInt8 = 6

  private static func read(_ kind: UInt8, _ block: [UInt8], into tags: inout SongTags) {
    switch kind {
    case comments: readComments(ByteReader(block), into: &tags)
    case picture: readPicture(ByteReader(block), into: &tags)
    default: break
    }
  }

  private static func ogg(_ packets: [[UInt8]]) -> SongTags {
    var tags = SongTags()
    for packet in packets {
      if packet.starts(with: [3] + "vorbis".utf8) {
        readComments(ByteReader(packet, from: 7), into: &tags)
      } else if packet.starts(with: "OpusTags".utf8) {
        readComments(ByteReader(packet, from: 8), into: &tags)
      } else if packets[0].starts(with: [0x7F] + "FLAC".utf8), let head = packet.first {
        read(head & 0x7F, Array(packet.dropFirst(4)), into: &tags)
      }
    }
    return tags
  }

  private static func readComments(_ reader: ByteReader, into tags: inout SongTags) {
    var reader = reader
    guard let vendor = reader.little32(), reader.skip(vendor), let count = reader.little32() else {
      return
    }
    var fields: [String: [UInt8]] = [:]
    // More fields than this are an attack, not a description.
    for _ in 0..<min(count, 10_000) {
      guard let length = reader.little32(), let entry = reader.bytes(length) else { break }
      guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let key = String(decoding: entry[..<equals], as: UTF8.self).uppercased()
      if fields[key] == nil { fields[key] = Array(entry[(equals + 1)...]) }
    }
    func text(_ keys: String...) -> String? {
      keys.lazy.compactMap { fields[$0] }.first.flatMap { SongTags.cleaned(LegacyText.string($0)) }
    }
    var found = SongTags()
    found.title = text("TITLE")
    found.artist = text("ARTIST", "ALBUMARTIST", "ALBUM ARTIST", "PERFORMER")
    found.album = text("ALBUM")
    found.genre = ID3Genre.name(text("GENRE"))
    found.year = SongTags.year(in: text("DATE", "YEAR", "ORIGINALDATE", "ORIGINALYEAR"))
    found.track = SongTags.track(in: text("TRACKNUMBER", "TRACK"))
    tags.fill(from: found)
    if let encoded = fields["METADATA_BLOCK_PICTURE"], let block = decodeBase64(encoded) {
      readPicture(ByteReader(block), into: &tags)
    } else if let encoded = fields["COVERART"], let bytes = decodeBase64(encoded) {
      let kind = fields["COVERARTMIME"].map(LegacyText.string) ?? ""
      tags.picture = tags.picture ?? EmbeddedPicture(mimeType: kind, bytes: bytes)
    }
  }

  private static func decodeBase64(_ text: [UInt8]) -> [UInt8]? {
    Data(base64Encoded: Data(text), options: .ignoreUnknownCharacters).map(Array.init)
  }

  private static func readPicture(_ reader: ByteReader, into tags: inout SongTags) {
    var reader = reader
    guard let kind = reader.big32(), let mimeLength = reader.big32(),
      let mime = reader.bytes(mimeLength), let description = reader.big32(),
      reader.skip(description), reader.skip(4 * 4), let length = reader.big32(), length > 0,
      let bytes = reader.bytes(length)
    else { return }
    let frontCover = 3
    guard tags.picture == nil || kind == frontCover else { return }
    tags.picture = EmbeddedPicture(
      mimeType: String(decoding: mime, as: UTF8.self), bytes: Array(bytes))
  }
}

/// Reads numbers and runs of bytes; `nil` where the bytes end.
struct ByteReader {
  private let data: [UInt8]
  private var position: Int

  init(_ data: [UInt8], from position: Int = 0) {
    self.data = data
    self.position = position
  }

  mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, position <= data.count, count <= data.count - position else { return nil }
    defer { position += count }
    return data[position..<position + count]
  }

  mutating func skip(_ count: Int) -> Bool { bytes(count) != nil }
  mutating func little32() -> Int? { bytes(4)?.reversed().reduce(0) { $0 << 8 | Int($1) } }
  mutating func big32() -> Int? { bytes(4)?.reduce(0) { $0 << 8 | Int($1) } }
}
