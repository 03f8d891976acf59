/// The two files that a chart may stand in. A folder has exactly one of them.
package enum ChartFileFormat: String, CaseIterable, Codable, Sendable {
  /// `notes.chart`: every program reads it alike, and people can too.
  case chart
  /// `notes.mid`, as Rock Band had it.
  case mid

  /// The name that games look for.
  package var fileName: String { "notes." + rawValue }

  /// The whole file.
  package func bytes(of chart: Chart) -> [UInt8] {
    switch self {
    case .chart: Array(ChartText.write(chart).utf8)
    case .mid: ChartMIDI.write(chart)
    }
  }
}
