/// Text as chart files can carry it.
enum PlainText {
  /// One printable line: every kind of line break and control character becomes a space, runs of
  /// white space become one, the ends are trimmed. Some parsers split lines at U+0085 or U+2028.
  static func line(_ text: some StringProtocol) -> String {
    var result = String.UnicodeScalarView()
    var pendingSpace = false
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      let isBreak =
        properties.isWhitespace || properties.generalCategory == .control
        || properties.generalCategory == .lineSeparator
        || properties.generalCategory == .paragraphSeparator || scalar == "\u{FEFF}"
      if isBreak {
        pendingSpace = !result.isEmpty
      } else {
        if pendingSpace { result.append(" ") }
        pendingSpace = false
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// A line for the inside of a quoted string of a `.chart` file. Quotes end the string for every
  /// parser, and a word in square brackets begins a section for chchart-parser.
  static func quotable(_ text: String) -> String {
    String(
      line(text).map { character in
        switch character {
        case "\"": "'"
        case "[": "("
        case "]": ")"
        default: character
        }
      })
  }

  /// Decodes a text file: UTF-8 with or without its mark, UTF-16 with a mark, and what is neither
  /// is taken for Latin-1, which old charts on the net are written in.
  static func decode(_ bytes: [UInt8]) -> String {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      let isLittle = bytes[0] == 0xFF
      let units = stride(from: 2, to: bytes.count - 1, by: 2).map { i in
        let (low, high) = isLittle ? (bytes[i], bytes[i + 1]) : (bytes[i + 1], bytes[i])
        return UInt16(high) << 8 | UInt16(low)
      }
      return String(decoding: units, as: UTF16.self)
    }
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    if let text = String(validating: body, as: UTF8.self) { return text }
    return String(String.UnicodeScalarView(body.map { Unicode.Scalar($0) }))
  }

  /// The lines of a text with their numbers from 1, trimmed, empty ones left out. LF, CR LF and
  /// CR end a line. Works on bytes: charts have tens of thousands of lines.
  static func lines(_ text: String) -> [(number: Int, text: Substring)] {
    var result: [(number: Int, text: Substring)] = []
    var number = 1
    let bytes = text.utf8
    var start = bytes.startIndex
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start = bytes.index(start, offsetBy: 3) }
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex { $0 == lineFeed || $0 == carriageReturn }
      let line = trim(text[start..<(end ?? bytes.endIndex)])
      if !line.isEmpty { result.append((number, line)) }
      number += 1
      guard let end else { break }
      start = bytes.index(after: end)
      if bytes[end] == carriageReturn, start < bytes.endIndex, bytes[start] == lineFeed {
        start = bytes.index(after: start)
      }
    }
    return result
  }

  /// Without ASCII white space at the ends.
  static func trim(_ text: Substring) -> Substring {
    let bytes = text.utf8
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return text[text.endIndex...] }
    return text[first...last]
  }

  /// Pieces between runs of ASCII white space.
  static func words(_ text: Substring) -> [Substring] {
    text.utf8.split(whereSeparator: isSpace).map(Substring.init)
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static let lineFeed: UInt8 = 0x0A
  private static let carriageReturn: UInt8 = 0x0D
}
