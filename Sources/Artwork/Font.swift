/// A font for gd: a file, or a fontconfig pattern.
struct Font: Hashable {
  var name: String
  var isPattern: Bool

  /// Bold sans-serif fonts to try for a text, best first; empty for writing that gd cannot set:
  /// it neither joins nor reorders letters, so Arabic, Hebrew and Indic text would come out wrong.
  static func candidates(for text: String) -> [Font] {
    switch Script(of: text) {
    case .unsettable: []
    case .simple:
      [Font(name: "DejaVu Sans,Noto Sans,Liberation Sans,sans:bold", isPattern: true)]
        + files.map { Font(name: $0, isPattern: false) }
    case .language(let code): speaking(code)
    }
  }

  /// The font for a language's letters. Without one fontconfig offers the same font as for English.
  private static func speaking(_ code: String) -> [Font] {
    let font = Font(name: ":bold:lang=\(code)", isPattern: true)
    let general = Font(name: ":bold:lang=en", isPattern: true)
    let file = Image.file(of: font)
    return file == nil || file == Image.file(of: general) ? [] : [font]
  }

  /// Where distributions keep them, for systems without fontconfig's files.
  private static let files = [
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    "/usr/share/fonts/truetype/freefont/FreeSansBold.ttf",
    "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf",
  ]
}

/// What kind of writing a text needs.
enum Script: Hashable {
  /// Latin, Greek, Cyrillic, Armenian, Georgian: every general font has them.
  case simple
  /// A fontconfig language whose fonts have the letters.
  case language(String)
  case unsettable

  /// Decided by the text's most demanding letter.
  init(of text: String) {
    let scalars = text.unicodeScalars.map(\.value)
    func has(_ ranges: ClosedRange<UInt32>...) -> Bool {
      scalars.contains { scalar in ranges.contains { $0.contains(scalar) } }
    }
    if has(0x0590...0x0FFF, 0x1000...0x109F, 0x1780...0x18AF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF) {
      self = .unsettable
    } else if has(0xAC00...0xD7AF, 0x1100...0x11FF, 0x3130...0x318F) {
      self = .language("ko")
    } else if has(0x3040...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9D) {
      self = .language("ja")
    } else if has(0x2E80...0x2FDF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF) {
      self = .language("zh-cn")
    } else {
      self = .simple
    }
  }
}
