/// What a file says about the song in it. Empty and blank fields are `nil`.
package struct SongTags: Hashable, Sendable {
  package var title: String?
  package var artist: String?
  package var album: String?
  /// Four digits.
  package var year: String?
  package var genre: String?
  package var track: Int?
  package var picture: EmbeddedPicture?

  package init() {}
}

/// A cover picture exactly as it stood in the file: nothing has been checked.
package struct EmbeddedPicture: Hashable, Sendable {
  package var mimeType: String
  package var bytes: [UInt8]

  package init(mimeType: String, bytes: [UInt8]) {
    self.mimeType = mimeType
    self.bytes = bytes
  }
}

/// A decoded file: its audio at its own sample rate, and its tags.
package struct DecodedSong: Sendable {
  /// One or two channels; more have been folded to stereo.
  package var buffer: AudioBuffer
  package var tags: SongTags
  /// For people, such as `MP3, 44100 Hz, stereo`.
  package var format: String

  package init(buffer: AudioBuffer, tags: SongTags, format: String) {
    self.buffer = buffer
    self.tags = tags
    self.format = format
  }
}

extension SongTags {
  /// Longest text kept of one field, in characters: real titles are far shorter, hostile ones fill
  /// memory.
  static let longestText = 500

  /// One line of readable text, or `nil` when nothing readable is left.
  static func cleaned(_ raw: String?) -> String? {
    guard let raw else { return nil }
    let readable = raw.unicodeScalars.prefix(longestText * 8).map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: " " as Unicode.Scalar
      default: scalar
      }
    }
    let line = String(String.UnicodeScalarView(readable))
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.isEmpty ? nil : String(line.prefix(longestText))
  }

  /// The four digits of a year in `2004`, `2004-05-06` or `06.05.2004`; `nil` without one.
  static func year(in text: String?) -> String? {
    guard let text else { return nil }
    return text.split(whereSeparator: { !("0"..."9").contains($0) })
      .first { $0.count == 4 && $0 != "0000" }.map(String.init)
  }

  /// The track of `3` or `3/12`.
  static func track(in text: String?) -> Int? {
    let digits = text?.drop(while: \.isWhitespace).prefix { ("0"..."9").contains($0) }
    guard let number = digits.flatMap({ Int($0) }), (1...9_999).contains(number) else { return nil }
    return number
  }
}
