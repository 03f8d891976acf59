internal import FoundationEssentials

/// A song folder as a game finds it.
package struct ChartFolder: Sendable {
  package var path: String
  /// With the metadata of `song.ini`, which wins over the chart's own in every game.
  package var chart: Chart
  /// `nil` where the folder has none.
  package var ini: SongINI?
  /// Names of all files, sorted.
  package var files: [String]
  package var chartFile: String

  /// The names under which games look for a chart, best first.
  package static let chartFiles = ["notes.mid", "notes.chart"]

  /// Bytes that a chart file may have; the longest real ones stay under 10 MB.
  private static let sizeLimit = 64 << 20

  package init(path: String) throws(ChartError) {
    self.path = path
    do {
      files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch {
      throw ChartError(file: path, reason: "the folder cannot be read")
    }
    guard let name = Self.chartFiles.first(where: files.contains) else {
      throw ChartError(file: path, reason: "the folder has no notes.chart and no notes.mid")
    }
    chartFile = name
    let bytes = try Self.bytes(path, name)
    chart =
      name == "notes.mid"
      ? try ChartMIDI.read(bytes, file: name) : try ChartText.read(bytes, file: name)
    if files.contains("song.ini") {
      let ini = try SongINI(Self.bytes(path, "song.ini"))
      chart.metadata = ini.metadata
      self.ini = ini
    }
  }

  static func bytes(_ folder: String, _ name: String) throws(ChartError) -> [UInt8] {
    let path = folder + "/" + name
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int
    guard let size, let data = FileManager.default.contents(atPath: path) else {
      throw ChartError(file: name, reason: "the file cannot be read")
    }
    guard size <= sizeLimit else {
      throw ChartError(file: name, reason: "the file is far too large for a chart")
    }
    return [UInt8](data)
  }
}
