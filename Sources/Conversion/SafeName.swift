private import Foundation

/// Names for folders that every file system and every game takes.
package enum SafeName {
  /// Bytes of UTF-8 in one name: half of what file systems allow, and with it paths stay below the
  /// 200 characters or so that games on Windows can open.
  package static let limit = 120

  /// `Artist - Title (Charter)`, the pattern that chart collections use.
  package static func folder(artist: String, title: String, charter: String) -> String {
    let suffix = " (\(text(charter)))"
    let room = limit - suffix.utf8.count - 3
    let title = fallback(text(title), "Untitled")
    // A long artist gives way to the title, but not below a third of the room.
    let artistRoom = max(room / 3, room - title.utf8.count)
    let artist = cut(fallback(text(artist), "Unknown Artist"), artistRoom)
    return component(artist + " - " + cut(title, room - artist.utf8.count) + suffix)
  }

  /// One path component made of any text: never empty, never special, at most `limit` bytes.
  package static func component(_ name: String) -> String {
    var name = cut(text(name), limit)
    // A leading dot hides a folder from its owner; `.` and `..` are worse.
    while let first = name.first, first == "." || first == " " { name.removeFirst() }
    name = trimmed(name)
    if isReserved(name) { name = "_" + name }
    return fallback(name, "Untitled")
  }

  /// Canonically composed, with look-alikes for what Windows forbids, without controls and the
  /// marks that turn the direction of writing, without outer spaces.
  private static func text(_ raw: String) -> String {
    let scalars = raw.precomposedStringWithCanonicalMapping.unicodeScalars.compactMap { scalar in
      lookAlikes[scalar] ?? (isAllowed(scalar) ? scalar : nil)
    }
    let words = String(String.UnicodeScalarView(scalars)).split(whereSeparator: \.isWhitespace)
    return words.joined(separator: " ")
  }

  private static let lookAlikes: [Unicode.Scalar: Unicode.Scalar] = [
    "<": "❮", ">": "❯", ":": "꞉", "\"": "'", "/": "／", "\\": "⧵", "|": "⏐", "?": "？", "*": "⁎",
    "\n": " ", "\r": " ", "\t": " ", "\u{2028}": " ", "\u{2029}": " ",
  ]

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .surrogate, .privateUse, .lineSeparator, .paragraphSeparator: false
    // Joiners belong into Indic words and emoji; the other format characters only deceive.
    case .format: scalar == "\u{200C}" || scalar == "\u{200D}"
    default: !scalar.properties.isNoncharacterCodePoint
    }
  }

  /// The longest beginning of at most `bytes` bytes that ends between two characters; a character
  /// that is longer by itself, a heap of accents, is cut between its scalars.
  private static func cut(_ name: String, _ bytes: Int) -> String {
    guard name.utf8.count > bytes else { return name }
    var result = ""
    for character in name {
      guard result.utf8.count + character.utf8.count <= bytes else { break }
      result.append(character)
    }
    if result.isEmpty {
      for scalar in name.unicodeScalars
      where result.utf8.count + String(scalar).utf8.count <= bytes {
        result.unicodeScalars.append(scalar)
      }
    }
    return trimmed(result)
  }

  /// Without the trailing dots and spaces that Windows drops.
  private static func trimmed(_ name: String) -> String {
    var name = name[...]
    while let last = name.last, last == "." || last == " " { name.removeLast() }
    return String(name)
  }

  private static func fallback(_ name: String, _ other: String) -> String {
    name.isEmpty ? other : name
  }

  /// Windows' device names, with or without an extension.
  private static func isReserved(_ name: String) -> Bool {
    let stem = name.prefix { $0 != "." }.uppercased()
    let devices = ["CON", "PRN", "AUX", "NUL"]
    let numbered = ["COM", "LPT"].contains { stem.hasPrefix($0) } && stem.count == 4
    return devices.contains(stem) || (numbered && stem.last.map { "1"..."9" ~= $0 } ?? false)
  }
}
