internal import Audio

/// What a file's name tells about the song in it: `Artist - Title.mp3`, `01 - Artist - Title.flac`,
/// `01 Title.ogg`, `artist_-_title.wav` and the like.
package struct FileNameTags: Hashable, Sendable {
  package var title: String
  package var artist: String?
  package var album: String?
  package var track: Int?

  /// `name` may be a path; its folders say nothing here.
  package init(name: String) {
    var stem = String(name.split(separator: "/").last ?? "")
    if let dot = stem.lastIndex(of: "."), dot > stem.startIndex,
      stem[dot...].count <= 6,
      stem[stem.index(after: dot)...].allSatisfy({ $0.isLetter || $0.isNumber })
    {
      stem = String(stem[..<dot])
    }
    if !stem.contains(" ") { stem = stem.replacing("_", with: " ") }
    for dash in [" – ", " — ", " -- "] { stem = stem.replacing(dash, with: " - ") }
    var rest = Self.withoutRemarks(stem)
    track = Self.takeTrack(&rest)
    var parts = rest.components(" - ")
    // `Artist - Album - 01 - Title`: what follows a bare number is the title.
    if parts.count >= 3, let number = parts[1..<parts.count - 1].lastIndex(where: Self.isTrack) {
      track = track ?? Int(parts[number])
      if number == 2 { album = parts[1] }
      parts = [parts[0], parts[(number + 1)...].joined(separator: " - ")]
    }
    if parts.count >= 2 {
      artist = parts[0]
      title = parts[1...].joined(separator: " - ")
    } else {
      title = rest.isEmpty ? stem : rest
    }
    if title.isEmpty { title = "Untitled" }
  }

  /// Takes a leading track number off: `01 - `, `1. `, `01 `, `1-07 `. A number without a leading
  /// zero or a mark after it belongs to the title (`99 Luftballons`, `7 Years`).
  private static func takeTrack(_ name: inout String) -> Int? {
    let pattern = /^(?:\d-)?(\d{1,3})(?:\s*[.)]\s+|\s+-\s+|-(?=\D)|\s+)(?=\S)/
    guard let match = name.firstMatch(of: pattern), let number = Int(match.1),
      let mark = match.0.last(where: { !$0.isWhitespace })
    else { return nil }
    guard match.1.hasPrefix("0") || !mark.isNumber || match.0.contains("-") else { return nil }
    name = String(name[match.range.upperBound...])
    return number == 0 ? nil : number
  }

  private static func isTrack(_ part: String) -> Bool {
    (1...3).contains(part.count) && part.allSatisfy { ("0"..."9").contains($0) }
  }

  /// Without the remarks of video sites: `(Official Video)`, `[HD]`, `[dQw4w9WgXcQ]`.
  private static func withoutRemarks(_ name: String) -> String {
    let remark =
      /\s*[(\[](?:official|lyrics?|audio|video|music video|hd|hq|4k|remastered in 4k)[^)\]]*[)\]]/
      .ignoresCase()
    let identifier = /\s*\[[A-Za-z0-9_-]{11}\]$/
    let short = name.replacing(identifier, with: "").replacing(remark, with: "")
    let words = short.split(separator: " ").joined(separator: " ")
    return words.isEmpty ? name : words
  }
}

extension String {
  /// The trimmed, non-empty parts between a separator.
  fileprivate func components(_ separator: String) -> [String] {
    split(separator: separator).map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty }
  }
}

extension SongTags {
  /// Takes from the file's name what the tags leave out.
  mutating func complete(from name: String) {
    let guess = FileNameTags(name: name)
    if title == nil {
      // With an artist known to be somebody else, `A - B` is no artist and title but a title.
      let isOther = artist.map { $0.lowercased() != guess.artist?.lowercased() } ?? false
      let whole = [guess.artist, guess.title].compactMap(\.self).joined(separator: " - ")
      title = isOther && guess.artist != nil ? whole : guess.title
    }
    artist = artist ?? guess.artist
    album = album ?? guess.album
    track = track ?? guess.track
  }
}
