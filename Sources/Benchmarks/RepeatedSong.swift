internal import Foundation

/// Songs of any length from a short one: the frames of an MP3 file, over and over. MP3 frames follow
/// each other without an index, so that the result is an MP3 file like any other.
package struct RepeatedSong {
  /// The bytes of each frame with sound, and how many seconds of audio it holds.
  private let frames: [Data]
  private let secondsPerFrame: Double

  /// Reads an MPEG-1 layer III file of constant sampling rate. Throws ``BenchmarkError``.
  package init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw BenchmarkError(path, "cannot be read")
    }
    let bytes = [UInt8](data)
    var (offset, rate) = (Self.tagLength(bytes), 0)
    var frames: [Data] = []
    while let frame = Self.frame(bytes, at: offset) {
      let end = offset + frame.length
      let body = data[offset..<end]
      // A first frame that holds no sound but the length of the original.
      let isIndex =
        frames.isEmpty && ["Xing", "Info"].contains { body.range(of: Data($0.utf8)) != nil }
      if !isIndex { frames.append(body) }
      (offset, rate) = (end, frame.rate)
    }
    guard !frames.isEmpty else { throw BenchmarkError(path, "is no MP3 file that can be repeated") }
    self.frames = frames
    secondsPerFrame = 1_152 / Double(rate)
  }

  /// Makes a file of `seconds`, written piece by piece: an hour is not held in memory.
  package func write(seconds: Double, to path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else { throw BenchmarkError(path, "cannot be written") }
    defer { try? file.close() }
    let count = Int((seconds / secondsPerFrame).rounded(.up))
    var index = 0
    while index < count {
      let piece = frames[..<min(frames.count, count - index)]
      try file.write(contentsOf: piece.reduce(into: Data()) { $0 += $1 })
      index += piece.count
    }
  }

  /// Bytes of an ID3v2 tag at the start.
  private static func tagLength(_ bytes: [UInt8]) -> Int {
    guard bytes.starts(with: Array("ID3".utf8)), bytes.count >= 10 else { return 0 }
    return 10 + bytes[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
  }

  /// kbit/s by index 1...14, and Hz by index.
  private static let bitRates = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
  private static let rates = [44_100, 48_000, 32_000]

  private static func frame(_ bytes: [UInt8], at offset: Int) -> (length: Int, rate: Int)? {
    guard offset + 4 <= bytes.count, bytes[offset] == 0xFF, bytes[offset + 1] & 0xFE == 0xFA else {
      return nil
    }
    let (bits, index) = (Int(bytes[offset + 2] >> 4), Int(bytes[offset + 2] >> 2 & 3))
    guard (1...14).contains(bits), index < 3 else { return nil }
    let rate = rates[index]
    let length = 144_000 * bitRates[bits - 1] / rate + Int(bytes[offset + 2] >> 1 & 1)
    return offset + length <= bytes.count ? (length, rate) : nil
  }
}
