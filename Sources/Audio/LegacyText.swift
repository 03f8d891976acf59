/// Text from before Unicode: tags that are UTF-8, Windows-1252 or Latin-1 and do not say which.
enum LegacyText {
  /// Windows-1252 for 0x80-0x9F, where Latin-1 has control characters nobody writes.
  private static let windows1252: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
  ]

  /// UTF-8 where the bytes are valid UTF-8, Windows-1252 otherwise.
  static func string(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var scalars = String.UnicodeScalarView()
    for byte in bytes {
      let code = (0x80...0x9F).contains(byte) ? windows1252[Int(byte) - 0x80] : UInt32(byte)
      scalars.append(Unicode.Scalar(code) ?? "?")
    }
    return String(scalars)
  }

  /// Undoes the commonest mistake, UTF-8 or Windows-1252 written into a frame marked Latin-1: such
  /// a string has nothing above U+00FF and something above U+007F.
  static func repaired(_ text: String) -> String {
    guard text.unicodeScalars.allSatisfy({ $0.value <= 0xFF }),
      text.unicodeScalars.contains(where: { $0.value > 0x7F })
    else { return text }
    return string(text.unicodeScalars.map { UInt8($0.value) })
  }
}
