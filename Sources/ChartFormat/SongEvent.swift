/// What a text event of a song means, in `.chart` and `.mid` files alike.
enum SongEvent: Hashable {
  case section(String)
  case end

  /// `nil` for every other event. Reads `section Verse 1`, `section_verse_1`, `prc_verse_1` and
  /// the same in square brackets.
  init?(_ text: Substring) {
    var text = PlainText.trim(text)
    if text.first == "[", text.last == "]", text.count >= 2 { text = text.dropFirst().dropLast() }
    if text == "end" {
      self = .end
      return
    }
    for prefix in ["section ", "section_", "prc_"] where text.hasPrefix(prefix) {
      let raw = PlainText.line(text.dropFirst(prefix.count))
      // Rock Band's practice names are identifiers: prc_verse_1a is shown as "Verse 1a".
      let isIdentifier = prefix == "prc_" || (prefix == "section_" && !raw.contains(" "))
      let name = isIdentifier ? Self.words(raw) : raw
      if name.isEmpty { return nil }
      self = .section(name)
      return
    }
    return nil
  }

  private static func words(_ identifier: String) -> String {
    identifier.split(separator: "_")
      .map { $0.prefix(1).uppercased() + $0.dropFirst() }
      .joined(separator: " ")
  }
}
