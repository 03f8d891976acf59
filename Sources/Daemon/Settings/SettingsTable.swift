internal import TOMLKit

/// One table of the configuration.
struct SettingsTable {
  private let table: TOMLTable
  private let section: [SettingsLines.Step]
  private let file: String
  private let lines: SettingsLines

  init(_ table: TOMLTable, section: [SettingsLines.Step], file: String, lines: SettingsLines) {
    self.table = table
    self.section = section
    self.file = file
    self.lines = lines
  }

  /// An error at `key`'s line, or at the table's own.
  func error(_ key: String?, _ reason: String) -> DaemonError {
    let path = section + (key.map { [.key($0)] } ?? [])
    return .settings(file: file, line: lines.line(of: path), reason: reason)
  }

  private func value(_ key: String) -> (any TOMLValueConvertible)? {
    table[key]
  }

  func string(_ key: String) throws(DaemonError) -> String? {
    guard let value = value(key) else { return nil }
    guard let string = value.string else { throw error(key, "'\(key)' must be a text in quotes") }
    return string
  }

  func path(_ key: String) throws(DaemonError) -> BytePath? {
    guard let string = try string(key) else { return nil }
    let path = BytePath(string)
    guard path.isAbsolute else {
      throw error(key, "'\(key)' must be an absolute path (starting with /), not \"\(path)\"")
    }
    guard !path.components.contains(where: { $0.elementsEqual("..".utf8) }) else {
      throw error(key, "'\(key)' must not contain '..'")
    }
    let plain = path.components.filter { !$0.elementsEqual(".".utf8) }
    guard !plain.isEmpty else { throw error(key, "'\(key)' must not be the root of the system") }
    return BytePath(plain.flatMap { [BytePath.separator] + $0 })
  }

  func requiredPath(_ key: String) throws(DaemonError) -> BytePath {
    guard let path = try path(key) else { throw error(nil, "'\(key)' is missing") }
    return path
  }

  func number(_ key: String, _ range: ClosedRange<Double>) throws(DaemonError) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.double ?? value.int.map(Double.init) else {
      throw error(key, "'\(key)' must be a number")
    }
    guard range.contains(number) else {
      throw error(
        key,
        "'\(key)' must be from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound)), "
          + "not \(Self.plain(number))")
    }
    return number
  }

  private static func plain(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e9 ? "\(Int(number))" : "\(number)"
  }

  func integer(_ key: String, _ range: ClosedRange<Int>) throws(DaemonError) -> Int? {
    guard let value = value(key) else { return nil }
    guard let number = value.int else { throw error(key, "'\(key)' must be a whole number") }
    guard range.contains(number) else {
      throw error(
        key, "'\(key)' must be from \(range.lowerBound) to \(range.upperBound), not \(number)")
    }
    return number
  }

  /// Bytes, from a key in MB (1024 x 1024 bytes).
  func megabytes(_ key: String, _ range: ClosedRange<Int>) throws(DaemonError) -> Int64? {
    try integer(key, range).map { Int64($0) << 20 }
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ key: String
  ) throws(DaemonError) -> Choice? {
    guard let word = try string(key) else { return nil }
    guard let choice = Choice(rawValue: word) else {
      let words = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
      throw error(key, "'\(key)' must be \(words), not \"\(word)\"")
    }
    return choice
  }

  func table(_ key: String) throws(DaemonError) -> SettingsTable? {
    guard let value = value(key) else { return nil }
    guard let inner = value.table else { throw error(key, "'\(key)' must be a table: [\(key)]") }
    return SettingsTable(inner, section: section + [.key(key)], file: file, lines: lines)
  }

  func tables(_ key: String) throws(DaemonError) -> [SettingsTable] {
    guard let value = value(key) else { return [] }
    guard let array = value.array else {
      throw error(key, "'\(key)' must be written with two brackets: [[\(key)]]")
    }
    var tables: [SettingsTable] = []
    for (index, item) in array.enumerated() {
      guard let inner = item.table else { throw error(key, "'\(key)' must hold tables") }
      let inside = section + [.key(key), .item(index)]
      tables.append(SettingsTable(inner, section: inside, file: file, lines: lines))
    }
    return tables
  }

  /// Throws for the first key, by line, that is none of these.
  func allow(_ known: [String]) throws(DaemonError) {
    let unknown = table.keys.filter { !known.contains($0) }
      .map { ($0, lines.line(of: section + [.key($0)]) ?? .max) }
      .min { $0.1 < $1.1 }
    guard let (key, _) = unknown else { return }
    let near = known.filter { EditDistance.between($0, key) <= 2 }
    let hint = near.first.map { " (did you mean '\($0)'?)" } ?? ""
    throw error(key, "'\(key)' is not a setting here\(hint)")
  }
}

/// How many single-letter changes lie between two words (Levenshtein).
enum EditDistance {
  static func between(_ first: String, _ second: String) -> Int {
    let a = Array(first.utf8)
    let b = Array(second.utf8)
    var row = Array(0...b.count)
    for i in a.indices {
      var corner = row[0]
      row[0] = i + 1
      for j in b.indices {
        let old = row[j + 1]
        row[j + 1] = min(corner + (a[i] == b[j] ? 0 : 1), old + 1, row[j] + 1)
        corner = old
      }
    }
    return row[b.count]
  }
}
