internal import FoundationEssentials

/// A small comma-separated table with a header line; quotes around a field may hold commas.
struct CSVTable {
  let header: [String]
  let rows: [[String]]

  init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TrainingError(
        path: path, stage: "reading the corpus", reason: "the file cannot be read")
    }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { Self.fields(String($0)) }
    guard let first = lines.first else {
      throw TrainingError(path: path, stage: "reading the corpus", reason: "the table is empty")
    }
    header = first
    rows = lines.dropFirst().filter { $0.count == first.count }
  }

  /// The index of a column.
  func column(_ name: String, path: String) throws -> Int {
    guard let index = header.firstIndex(of: name) else {
      throw TrainingError(
        path: path, stage: "reading the corpus", reason: "the column \"\(name)\" is missing")
    }
    return index
  }

  private static func fields(_ line: String) -> [String] {
    var fields: [String] = [""]
    var quoted = false
    for character in line {
      if character == "\"" {
        quoted.toggle()
      } else if character == "," && !quoted {
        fields.append("")
      } else {
        fields[fields.count - 1].append(character)
      }
    }
    return fields
  }
}
