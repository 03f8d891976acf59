/// The lines of a configuration: `name = value`, `[table]`, `[[table]]`, comments and empty ones. That
/// is all of TOML that it needs, and no more is let through to the parser: on broken keys of other
/// shapes version 0.6.0 of TOMLKit ends the program instead of throwing, and a daemon must survive a
/// reload of whatever stands in the file. It also tells where a key stands, which the parser does not.
struct SettingsLines {
  enum Step: Hashable {
    case key(String)
    case item(Int)
  }

  private var lines: [[Step]: Int] = [:]

  /// - Throws: for a line of another shape.
  init(_ text: String, file: String) throws(DaemonError) {
    var section: [Step] = []
    var counts: [String: Int] = [:]
    let all = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, whole) in all.enumerated() {
      let line = whole.drop { $0 == " " || $0 == "\t" }
      let number = index + 1
      if line.isEmpty || line.hasPrefix("#") { continue }
      if let match = line.wholeMatch(of: Self.tables) {
        let name = String(match.output.1)
        section = [.key(name), .item(counts[name, default: 0])]
        counts[name, default: 0] += 1
        if lines[[.key(name)]] == nil { lines[[.key(name)]] = number }
        lines[section] = number
      } else if let match = line.wholeMatch(of: Self.table) {
        section = [.key(String(match.output.1))]
        lines[section] = number
      } else if let match = line.wholeMatch(of: Self.setting) {
        let path = section + [.key(String(match.output.1))]
        if lines[path] == nil { lines[path] = number }
      } else {
        throw .settings(
          file: file, line: number,
          reason: "expected name = value, a section [name] or a # comment, "
            + "not '\(BytePath.printable(Array(line.prefix(60).utf8)))'")
      }
    }
  }

  private static var tables: Regex<(Substring, Substring)> {
    /\[\[[ \t]*([A-Za-z0-9_-]+)[ \t]*\]\][ \t]*(?:#.*)?/
  }

  private static var table: Regex<(Substring, Substring)> {
    /\[[ \t]*([A-Za-z0-9_-]+)[ \t]*\][ \t]*(?:#.*)?/
  }

  /// The value is a text in double or single quotes on one line, or a number or word.
  private static var setting: Regex<(Substring, Substring)> {
    /([A-Za-z0-9_-]+)[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_.+-]+)[ \t]*(?:#.*)?/
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
}
