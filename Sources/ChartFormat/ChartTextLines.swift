/// `key = value` as it stands in a section.
struct KeyedLine {
  var number: Int
  var key: Substring
  var value: Substring
}

/// Cuts a `.chart` file into its sections.
struct SectionReader {
  var file: String

  /// The lines of each section. Text between sections, lines without `=` inside sections that
  /// are not understood, and comments are passed over; a section that is never closed is an error,
  /// because the file is cut off.
  func sections(of text: String) throws(ChartError) -> [Substring: [KeyedLine]] {
    var result: [Substring: [KeyedLine]] = [:]
    var name: Substring?
    var isOpen = false
    var openedAt = 0
    for (number, line) in PlainText.lines(text) {
      if !isOpen, line.first == "[", let close = line.firstIndex(of: "]") {
        let section = line[line.index(after: line.startIndex)..<close]
        name = section
        result[section, default: []] += []
        isOpen = line[close...].contains("{")
        openedAt = number
      } else if line == "{", name != nil {
        isOpen = true
        openedAt = number
      } else if line == "}" {
        isOpen = false
        name = nil
      } else if isOpen, let name, let equals = line.utf8.firstIndex(of: UInt8(ascii: "=")) {
        result[name, default: []].append(
          KeyedLine(
            number: number, key: PlainText.trim(line[..<equals]),
            value: PlainText.trim(line[line.index(after: equals)...])))
      }
    }
    if isOpen {
      throw ChartError(
        file: file, line: openedAt, reason: "the section is never closed; the file is cut off")
    }
    return result
  }
}

/// Reads `tick = CODE a b` lines.
struct EntryReader {
  var file: String
  var lastTick: Int

  struct Entry {
    var line: Int
    var tick: Int
    var code: Substring
    var arguments: [Substring]
    /// All after the code, as written.
    var rest: Substring
  }

  func entry(_ line: KeyedLine) throws(ChartError) -> Entry {
    guard let tick = Int(line.key), tick >= 0 else {
      throw ChartError(
        file: file, line: line.number, reason: "\"\(line.key)\" is no position (a whole number)")
    }
    guard tick <= lastTick else {
      throw ChartError(
        file: file, line: line.number, reason: "position \(tick) is beyond the end of any song")
    }
    let codeEnd = line.value.utf8.firstIndex(where: PlainText.isSpace) ?? line.value.endIndex
    let rest = PlainText.trim(line.value[codeEnd...])
    return Entry(
      line: line.number, tick: tick, code: line.value[..<codeEnd],
      arguments: PlainText.words(rest), rest: rest)
  }

  /// The argument at `index` as a whole number in a range.
  func number(
    _ entry: Entry, _ index: Int, in range: ClosedRange<Int>, _ what: String
  ) throws(ChartError) -> Int {
    guard entry.arguments.indices.contains(index), let value = Int(entry.arguments[index]),
      range.contains(value)
    else {
      throw ChartError(
        file: file, line: entry.line,
        reason: "\"\(entry.code) \(entry.rest)\" is no usable \(what)")
    }
    return value
  }
}
