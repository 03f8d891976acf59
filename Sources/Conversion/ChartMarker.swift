internal import Foundation

/// What a chart folder of ours says about its making, so that the next chart of the same song can
/// take its place. A hidden file in the folder; games overlook it. `charthero convert` and the daemon
/// write the same one and so know each other's charts.
package struct ChartMarker: Codable, Hashable, Sendable {
  package static let name = ".charthero.json"
  /// Bytes of the longest marker read: paths in it have at most 4096.
  package static let longest = 1 << 16
  /// The files that a chart may stand in.
  package static let chartNames = ["notes.chart", "notes.mid"]

  /// SHA-256 of the song file, in hexadecimal.
  package var song: String
  /// SHA-256 of the chart's file as it was written: a chart that a person has worked on is never
  /// replaced.
  package var chart: String?
  /// What the daemon adds: its job, its model and options, and where it found the song.
  package var job: Int64?
  package var model: String?
  package var options: String?
  package var source: String?

  /// - Parameters:
  ///   - song: SHA-256 of the song file.
  ///   - chart: the bytes of the chart's file.
  package init(song: [UInt8], chart: [UInt8]?) {
    self.song = Self.hexadecimal(song)
    self.chart = Self.hash(chart)
  }

  /// The marker in a file of these bytes; nil where they are none.
  package init?(_ bytes: [UInt8]) {
    guard let marker = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = marker
  }

  /// One line of JSON.
  package var bytes: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts and numbers always encode.
    return Array((try? encoder.encode(self)) ?? Data()) + [UInt8(ascii: "\n")]
  }

  /// Whether a folder with this marker, and with this chart in it, is as we made it.
  package func isUntouched(_ chart: [UInt8]?) -> Bool { self.chart == Self.hash(chart) }

  private static func hash(_ chart: [UInt8]?) -> String? {
    chart.map { hexadecimal(SHA256.hash($0)) }
  }

  package static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
