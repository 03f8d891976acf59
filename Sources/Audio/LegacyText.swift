internal import Glibc

/// Text from before Unicode: tags that are UTF-8 or in some older encoding and do not say which.
enum LegacyText {
  /// Windows-1252 for 0x80-0x9F, where Latin-1 has control characters nobody writes.
  private static let windows1252: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
  ]

  /// UTF-8 where the bytes are valid UTF-8, the encoding of a writing system where they look like
  /// one, Windows-1252 otherwise.
  static func string(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    if let name = encoding(of: bytes), let text = converted(bytes, from: name) { return text }
    var scalars = String.UnicodeScalarView()
    for byte in bytes {
      let code = (0x80...0x9F).contains(byte) ? windows1252[Int(byte) - 0x80] : UInt32(byte)
      scalars.append(Unicode.Scalar(code) ?? "?")
    }
    return String(scalars)
  }

  /// Undoes the commonest mistake, text of another encoding written into a frame marked Latin-1: such
  /// a string has nothing above U+00FF and something above U+007F.
  static func repaired(_ text: String) -> String {
    guard text.unicodeScalars.allSatisfy({ $0.value <= 0xFF }),
      text.unicodeScalars.contains(where: { $0.value > 0x7F })
    else { return text }
    return string(text.unicodeScalars.map { UInt8($0.value) })
  }

  // MARK: - Guessing

  /// What the bytes look like, as iconv calls it. Words of Western languages have single accented
  /// letters between plain ones; writing that has few or no plain letters looks otherwise.
  private static func encoding(of bytes: [UInt8]) -> String? {
    if isShiftJIS(bytes) { return "CP932" }
    let runs = bytes.split { $0 < 0x80 }
    let high = runs.reduce(0) { $0 + $1.count }
    let letters = bytes.count { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
    guard high > letters, runs.contains(where: { $0.count >= 3 }) else { return nil }
    // Two bytes a sign, the first in the rows of common signs; Hangul ends in row 0xC8.
    let isPaired = runs.allSatisfy { $0.count % 2 == 0 && $0.allSatisfy { $0 >= 0xA1 } }
    let rows = runs.flatMap { run in
      stride(from: run.startIndex, to: run.endIndex, by: 2).map { run[$0] }
    }
    if isPaired, rows.allSatisfy({ (0xB0...0xC8).contains($0) }) { return "CP949" }
    if isPaired, rows.allSatisfy({ (0xA1...0xD7).contains($0) }) { return "GBK" }
    // Cyrillic: letters from 0xC0 on, and two for the dotted e.
    let isCyrillic = runs.joined().allSatisfy { $0 >= 0xC0 || $0 == 0xA8 || $0 == 0xB8 }
    return isCyrillic ? "CP1251" : nil
  }

  /// Every byte above 0x7F belongs to a pair or is a half-width kana, and there is hiragana or
  /// katakana.
  private static func isShiftJIS(_ bytes: [UInt8]) -> Bool {
    var kana = 0
    var i = 0
    while i < bytes.count {
      let lead = bytes[i]
      if lead < 0x80 || (0xA1...0xDF).contains(lead) {
        i += 1
        continue
      }
      guard (0x81...0x9F).contains(lead) || (0xE0...0xFC).contains(lead), i + 1 < bytes.count,
        bytes[i + 1] >= 0x40, bytes[i + 1] <= 0xFC, bytes[i + 1] != 0x7F
      else { return false }
      if (lead == 0x82 && bytes[i + 1] >= 0x9F) || (lead == 0x83 && bytes[i + 1] <= 0x96) {
        kana += 1
      }
      i += 2
    }
    return kana > 0
  }

  /// `nil` where the bytes are not of that encoding, or this system does not know it.
  private static func converted(_ bytes: [UInt8], from name: String) -> String? {
    let converter = unsafe iconv_open("UTF-8", name)
    guard let converter = unsafe converter, Int(bitPattern: converter) != -1 else {
      return nil
    }
    defer { unsafe _ = iconv_close(converter) }
    var input = bytes.map { CChar(bitPattern: $0) }
    var output = [CChar](repeating: 0, count: bytes.count * 4 + 4)
    let room = output.count
    var inputLeft = input.count
    var outputLeft = room
    let failed = unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        var from = source.baseAddress
        var to = target.baseAddress
        return unsafe iconv(converter, &from, &inputLeft, &to, &outputLeft) == -1
      }
    }
    guard !failed, inputLeft == 0 else { return nil }
    let text = output.prefix(room - outputLeft).map { UInt8(bitPattern: $0) }
    return String(validating: text, as: UTF8.self)
  }
}
