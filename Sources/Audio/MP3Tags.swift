internal import CMPG123

/// ID3v1 and ID3v2 as libmpg123 hands them out.
enum MP3Tags {
  static func tags(_ id3: mpg123_id3v2) -> SongTags {
    var tags = SongTags()
    var texts: [String: String] = [:]
    for i in unsafe 0..<id3.texts {
      let entry = unsafe id3.text[i]
      let id = unsafe withUnsafeBytes(of: entry.id) { unsafe String(decoding: $0, as: UTF8.self) }
      if let text = unsafe string(entry.text), texts[id] == nil { texts[id] = text }
    }
    tags.title = SongTags.cleaned(texts["TIT2"])
    tags.artist = SongTags.cleaned(texts["TPE1"] ?? texts["TPE2"])
    tags.album = SongTags.cleaned(texts["TALB"])
    tags.genre = ID3Genre.name(texts["TCON"])
    tags.track = SongTags.track(in: texts["TRCK"])
    tags.year =
      ["TDRC", "TYER", "TDOR", "TORY", "TDRL"].lazy
      .compactMap { SongTags.year(in: texts[$0]) }.first
    tags.picture = unsafe picture(id3)
    return tags
  }

  /// What is still missing, from the 128 bytes at the file's end.
  static func fill(_ tags: inout SongTags, from id3: mpg123_id3v1) {
    func field<T>(_ raw: T) -> String? {
      let bytes = unsafe withUnsafeBytes(of: raw) { unsafe Array($0) }
      return SongTags.cleaned(LegacyText.string(bytes.prefix { $0 != 0 }))
    }
    tags.title = tags.title ?? field(id3.title)
    tags.artist = tags.artist ?? field(id3.artist)
    tags.album = tags.album ?? field(id3.album)
    tags.year = tags.year ?? SongTags.year(in: field(id3.year))
    tags.genre = tags.genre ?? ID3Genre.name(index: Int(id3.genre))
    // ID3v1.1: a zero and then the track where the comment's last two bytes were.
    let comment = unsafe withUnsafeBytes(of: id3.comment) { unsafe Array($0) }
    if tags.track == nil, comment[28] == 0, comment[29] != 0 { tags.track = Int(comment[29]) }
  }

  /// The first of several values in a text frame.
  private static func string(_ text: mpg123_string) -> String? {
    guard let start = unsafe text.p, unsafe text.fill > 0 else { return nil }
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: text.fill)
    let value = unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return LegacyText.repaired(value)
  }

  /// The front cover, else the first picture.
  private static func picture(_ id3: mpg123_id3v2) -> EmbeddedPicture? {
    let pictures = unsafe (0..<id3.pictures).map { unsafe id3.picture[$0] }
      .filter { unsafe $0.size > 0 && $0.data != nil }
    let frontCover = 3
    let chosen = unsafe pictures.first { unsafe $0.type == frontCover } ?? pictures.first
    guard let chosen = unsafe chosen, let data = unsafe chosen.data else { return nil }
    let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: chosen.size))
    return unsafe EmbeddedPicture(mimeType: string(chosen.mime_type) ?? "", bytes: bytes)
  }
}
