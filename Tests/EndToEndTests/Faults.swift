import Audio
import Foundation
import TestSupport

/// Files that are not quite songs.
enum Faults {
  enum Outcome: Sendable { case chart, reason }

  struct Fault {
    var file: String
    var bytes: Data
  }

  /// File names after `Fault - `, and what must become of each.
  static let names: KeyValuePairs<String, Outcome> = [
    "Empty.mp3": .reason,
    "Text.mp3": .reason,
    "Blink.wav": .reason,
    "Silence.wav": .reason,
    "Cut.mp3": .chart,
    "Telephone.wav": .chart,
    "Studio.wav": .chart,
  ]

  static func all() throws -> [Fault] {
    let song = try AudioFile.decode(path: Samples.all[1].url.path).buffer
    // Fifteen seconds keep the test short.
    let part = AudioBuffer(
      channels: song.channels.map { Array($0.prefix(15 * song.sampleRate)) },
      sampleRate: song.sampleRate)
    func wave(_ rate: Int, channels: Int, bits: Int) throws -> Data {
      let samples = try part.resampled(to: rate).downmixed().map(Double.init)
      return WaveFile.bytes(samples, rate: rate, channels: channels, bits: bits)
    }
    let mp3 = try Data(contentsOf: Samples.all[0].url)
    // Without the tag, so that the file's name is the chart's.
    let frames = mp3.dropFirst(tagLength(mp3))
    let contents: [String: Data] = try [
      "Empty.mp3": Data(),
      "Text.mp3": Data("This is a shopping list: bread, butter, drums.\n".utf8),
      "Blink.wav": WaveFile.bytes(
        (0..<8_820).map { sin(Double($0) * 0.06) / 2 }, rate: 44_100, channels: 2),
      "Silence.wav": WaveFile.bytes([Double](repeating: 0, count: 441_000), rate: 44_100),
      "Cut.mp3": Data(frames.prefix(frames.count / 2 + 101)),
      "Telephone.wav": wave(8_000, channels: 1, bits: 16),
      "Studio.wav": wave(96_000, channels: 2, bits: 24),
    ]
    return names.map { Fault(file: "Fault - \($0.key)", bytes: contents[$0.key] ?? Data()) }
  }

  /// Bytes of the ID3v2 tag, its header included.
  private static func tagLength(_ file: Data) -> Int {
    guard file.starts(with: Data("ID3".utf8)) else { return 0 }
    return 10 + file[6..<10].reduce(0) { $0 << 7 | Int($1) }
  }
}
