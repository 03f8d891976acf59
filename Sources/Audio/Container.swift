/// What a file is by its content; its name says nothing.
enum Container: Hashable {
  /// MPEG audio, layers I-III, with the offset of the first frame.
  case mpeg(firstFrame: Int)
  /// Something libsndfile reads, from this offset on.
  case sndfile(start: Int)
  /// FLAC inside Ogg, from this offset on.
  case oggFLAC(start: Int)
  /// Known or unknown, but not readable: the reason for people.
  case unreadable(String)

  /// Bytes looked through for a first MPEG frame after junk.
  private static let searchWindow = 256 * 1_024

  static func of(_ file: MediaFile) throws(AudioError) -> Container {
    guard file.size > 0 else { return .unreadable("the file is empty") }
    var start = 0
    // A file may carry several ID3v2 tags one after the other; more than a few is an attack.
    for _ in 0..<4 {
      let head = try file.bytes(at: start, count: 10)
      guard let length = ID3.tagLength(head) else { break }
      start += length
    }
    guard start < file.size else { return .unreadable("it holds tags but no audio") }
    let head = try file.bytes(at: start, count: 4_096)
    if OggPackets.isFLAC(head) { return .oggFLAC(start: start) }
    if Signature.readable.contains(where: { $0.matches(head) }) { return .sndfile(start: start) }
    if let reason = Signature.reason(for: head) { return .unreadable(reason) }
    let window = try file.bytes(at: start, count: searchWindow)
    let isEnd = start + window.count == file.size
    if let frame = MPEGFrame.first(in: window, isEnd: isEnd) {
      return .mpeg(firstFrame: start + frame)
    }
    return .unreadable(
      TextGuess.looksLikeText(head) ? "it is text, not audio" : "its format is not known")
  }
}

/// ID3v2 in front of a file.
enum ID3 {
  /// Bytes of the whole tag, header and footer included, when `head` begins with one.
  static func tagLength(_ head: [UInt8]) -> Int? {
    guard head.count >= 10, head.starts(with: [0x49, 0x44, 0x33]), head[3] < 0xFF, head[4] < 0xFF,
      head[6...9].allSatisfy({ $0 < 0x80 })
    else { return nil }
    let body = head[6...9].reduce(0) { $0 << 7 | Int($1) }
    let footer = head[5] & 0x10 != 0 ? 10 : 0
    return 10 + body + footer
  }
}

/// Bytes at fixed offsets that give a format away.
struct Signature {
  let offset: Int
  let bytes: [UInt8]
  /// Further bytes at offset 8, as RIFF and FORM files have.
  var kind: [UInt8] = []

  init(_ text: String, at offset: Int = 0, kind: String = "") {
    self.offset = offset
    bytes = Array(text.utf8)
    self.kind = Array(kind.utf8)
  }

  init(bytes: [UInt8]) {
    offset = 0
    self.bytes = bytes
  }

  func matches(_ head: [UInt8]) -> Bool {
    head.dropFirst(offset).starts(with: bytes) && head.dropFirst(8).starts(with: kind)
  }

  static let readable = [
    Signature("RIFF", kind: "WAVE"), Signature("RIFX", kind: "WAVE"),
    Signature("RF64", kind: "WAVE"), Signature("fLaC"), Signature("OggS"),
    Signature("FORM", kind: "AIFF"), Signature("FORM", kind: "AIFC"), Signature(".snd"),
    Signature("caff"), Signature("riff", kind: ""),
  ]

  /// Formats people do drop into a music folder, and that cannot be read.
  private static let unreadable: [(Signature, String)] = [
    (Signature("ftyp", at: 4), "MP4 or M4A audio"),
    (Signature(bytes: [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]), "WMA audio"),
    (Signature("MThd"), "a MIDI file, which holds notes but no sound"),
    (Signature("ADIF"), "AAC audio"),
    (Signature(bytes: [0x1A, 0x45, 0xDF, 0xA3]), "Matroska or WebM"),
    (Signature("MAC "), "Monkey's Audio"), (Signature("wvpk"), "WavPack audio"),
    (Signature("MPCK"), "Musepack audio"), (Signature("MP+"), "Musepack audio"),
    (Signature("TTA1"), "TTA audio"), (Signature("DSD "), "DSD audio"),
    (Signature("RIFF", kind: "AVI "), "an AVI video"),
    (Signature("BW64"), "BW64 audio"),
    (Signature("PK\u{3}\u{4}"), "a ZIP archive"), (Signature("Rar!"), "a RAR archive"),
    (Signature(bytes: [0x37, 0x7A, 0xBC, 0xAF]), "a 7z archive"),
    (Signature(bytes: [0x1F, 0x8B]), "a gzip archive"), (Signature("%PDF"), "a PDF document"),
    (Signature(bytes: [0x89, 0x50, 0x4E, 0x47]), "a PNG picture"),
    (Signature(bytes: [0xFF, 0xD8, 0xFF]), "a JPEG picture"), (Signature("GIF8"), "a GIF picture"),
    (Signature(bytes: [0x7F, 0x45, 0x4C, 0x46]), "a program"),
    (Signature("#EXTM3U"), "a playlist, not a song"),
    (Signature("[playlist]"), "a playlist, not a song"),
  ]

  static func reason(for head: [UInt8]) -> String? {
    if isADTS(head) { return refusal("AAC audio") }
    return unreadable.first { $0.0.matches(head) }.map { refusal($0.1) }
  }

  private static func refusal(_ kind: String) -> String {
    "it is \(kind), not a format that can be read "
      + "(MP3, WAV, FLAC, Ogg Vorbis, Opus and AIFF can)"
  }

  /// AAC frames share MPEG's sync word but have layer bits 00.
  private static func isADTS(_ head: [UInt8]) -> Bool {
    guard head.count > 6, head[0] == 0xFF, head[1] & 0xF6 == 0xF0 else { return false }
    let length = Int(head[3] & 3) << 11 | Int(head[4]) << 3 | Int(head[5]) >> 5
    guard length > 7, head.count > length + 1 else { return false }
    return head[length] == 0xFF && head[length + 1] & 0xF6 == 0xF0
  }
}

enum TextGuess {
  /// Whether a file's beginning is UTF-8 or Latin-1 text: no control bytes but white space.
  static func looksLikeText(_ head: [UInt8]) -> Bool {
    !head.isEmpty && head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
  }
}
