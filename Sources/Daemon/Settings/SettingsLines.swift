/// Finds the line on which a key of a TOML text stands: the parser tells values, but not where they
/// were. It knows the shapes that this configuration has (plain keys, `[table]`, `[[table]]`); for
/// anything stranger (inline tables, dotted keys) it answers with the table's own line.
struct SettingsLines {
  enum Step: Hashable {
    case key(String)
    case item(Int)
  }

  private var lines: [[Step]: Int] = [:]

  init(_ text: String) {
    var section: [Step] = []
    var counts: [String: Int] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = line.drop { $0 == " " || $0 == "\t" }
      if line.hasPrefix("[[") {
        let name = Self.word(line.dropFirst(2).prefix { $0 != "]" })
        section = [.key(name), .item(counts[name, default: 0])]
        counts[name, default: 0] += 1
        lines[[.key(name)], default: index + 1] = lines[[.key(name)]] ?? index + 1
        lines[section] = index + 1
      } else if line.hasPrefix("[") {
        section = [.key(Self.word(line.dropFirst().prefix { $0 != "]" }))]
        lines[section] = index + 1
      } else if let equals = line.firstIndex(of: "="), !line.hasPrefix("#") {
        let path = section + [.key(Self.word(line[..<equals]))]
        lines[path] = lines[path] ?? index + 1
      }
    }
  }

  /// The line, counted from 1, of the longest known beginning of `path`.
  func line(of path: [Step]) -> Int? {
    var path = path
    while !path.isEmpty {
      if let line = lines[path] { return line }
      path.removeLast()
    }
    return nil
  }

  private static func word(_ text: some StringProtocol) -> String {
    String(text.filter { !" \t\r\"'".contains($0) })
  }
}
