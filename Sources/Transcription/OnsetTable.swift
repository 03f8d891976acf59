private import DrumNet

/// Onsets and beats as tab-separated tables: what was heard, before any grid.
///
/// Onsets: `time_s  class  velocity  confidence`; beats: `time_s  position_in_bar`. One header
/// line, times in seconds with six decimals, ascending.
package enum OnsetTable {
  static let onsetHeader = "time_s\tclass\tvelocity\tconfidence"
  static let beatHeader = "time_s\tposition_in_bar"

  package static func text(onsets: [Onset]) -> String {
    var lines = [onsetHeader]
    for onset in onsets {
      lines.append(
        "\(decimal(onset.time, 6))\t\(onset.drum.name)\t\(onset.velocity)\t"
          + decimal(onset.confidence, 4))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  package static func text(beats: [Beat]) -> String {
    var lines = [beatHeader]
    for beat in beats { lines.append("\(decimal(beat.time, 6))\t\(beat.position)") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads a table of onsets; `file` is the name for messages.
  package static func onsets(from text: String, file: String) throws(TranscriptionError) -> [Onset]
  {
    var result: [Onset] = []
    for (number, fields) in try rows(of: text, header: onsetHeader, file: file) {
      guard fields.count == 4, let time = Double(fields[0]), time.isFinite,
        let drum = DrumClass(name: fields[1]), let velocity = Int(fields[2]),
        (1...127).contains(velocity), let confidence = Double(fields[3]),
        (0...1).contains(confidence)
      else { throw damaged(file, number) }
      result.append(Onset(time: time, drum: drum, velocity: velocity, confidence: confidence))
    }
    return result
  }

  /// Reads a table of beats; `file` is the name for messages.
  package static func beats(from text: String, file: String) throws(TranscriptionError) -> [Beat] {
    var result: [Beat] = []
    for (number, fields) in try rows(of: text, header: beatHeader, file: file) {
      guard fields.count == 2, let time = Double(fields[0]), time.isFinite,
        let position = Int(fields[1]), position > 0
      else { throw damaged(file, number) }
      result.append(Beat(time: time, position: position))
    }
    return result
  }

  private static func damaged(_ file: String, _ line: Int) -> TranscriptionError {
    TranscriptionError(file: file, stage: .table, reason: "line \(line) is not a row of the table.")
  }

  private static func rows(of text: String, header: String, file: String)
    throws(TranscriptionError) -> [(Int, [Substring])]
  {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard let first = lines.first, first == header else {
      throw TranscriptionError(
        file: file, stage: .table, reason: "line 1 must name the columns: \(header)")
    }
    var result: [(Int, [Substring])] = []
    for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      result.append((index + 1, line.split(separator: "\t", omittingEmptySubsequences: false)))
    }
    return result
  }

  /// A number with a fixed count of decimals, a point whatever the locale.
  private static func decimal(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = Int64((abs(value) * scale).rounded())
    let whole = scaled / Int64(scale)
    let fraction = String(scaled % Int64(scale))
    let sign = value < 0 && scaled != 0 ? "-" : ""
    return sign + "\(whole)." + String(repeating: "0", count: places - fraction.count) + fraction
  }
}
