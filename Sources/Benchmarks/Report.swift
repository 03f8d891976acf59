package import Foundation

/// What a command measured: tables and sentences, for people and for programs.
package struct Report {
  /// One value of a table.
  package enum Cell: Hashable, Sendable {
    case text(String)
    /// Shown with so many decimals; JSON has all of them.
    case number(Double, decimals: Int)
    case none

    package static func count(_ value: Int) -> Cell { .number(Double(value), decimals: 0) }

    var shown: String {
      switch self {
      case .text(let text): text
      case .number(let value, let decimals): String(format: "%.\(decimals)f", value)
      case .none: "-"
      }
    }

    var json: Any {
      switch self {
      case .text(let text): text
      case .number(let value, _): value.isFinite ? value as Any : NSNull()
      case .none: NSNull()
      }
    }
  }

  package struct Table {
    package let title: String
    /// Names with their units, such as `median ms`; the keys of JSON.
    package let columns: [String]
    /// Details, which stand in the JSON alone.
    package let isDetail: Bool
    package private(set) var rows: [[Cell]] = []

    package init(_ title: String, columns: [String], isDetail: Bool = false) {
      self.title = title
      self.columns = columns
      self.isDetail = isDetail
    }

    package mutating func add(_ row: [Cell]) {
      precondition(row.count == columns.count, "a cell per column")
      rows.append(row)
    }
  }

  package let command: String
  /// Facts about machine and run by name.
  package var facts: [(name: String, value: String)]
  package var tables: [Table] = []
  /// Sentences about what was found.
  package var notes: [String] = []

  package init(command: String, facts: [(name: String, value: String)]) {
    self.command = command
    self.facts = facts
  }

  /// Facts, tables in Markdown, notes.
  package func text() -> String {
    var parts = [facts.map { "\($0.name): \($0.value)" }.joined(separator: "\n")]
    parts += tables.filter { !$0.isDetail }.map(Self.markdown)
    if !notes.isEmpty { parts.append(notes.joined(separator: "\n")) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// An object with `command`, `facts`, `tables` (title, and rows as objects by column) and `notes`.
  package func json() throws -> Data {
    let tables = tables.map { table in
      [
        "title": table.title,
        "rows": table.rows.map { row in
          Dictionary(uniqueKeysWithValues: zip(table.columns, row.map(\.json)))
        },
      ] as [String: Any]
    }
    let object: [String: Any] = [
      "command": command,
      "facts": Dictionary(facts.map { ($0.name, $0.value) }) { $1 },
      "tables": tables, "notes": notes,
    ]
    return try JSONSerialization.data(
      withJSONObject: object, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
  }

  private static func markdown(_ table: Table) -> String {
    let cells = [table.columns] + table.rows.map { $0.map(\.shown) }
    let widths = table.columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    // Numbers stand to the right, below each other; words to the left.
    let isNumber = table.columns.indices.map { column in
      table.rows.allSatisfy { if case .text = $0[column] { false } else { true } }
    }
    func line(_ row: [String]) -> String {
      let padded = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return isNumber[column] ? space + row[column] : row[column] + space
      }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = widths.indices.map {
      String(repeating: "-", count: max(2, widths[$0] - 1)) + (isNumber[$0] ? ":" : "-")
    }
    return
      (["### \(table.title)", "", line(cells[0]), "| " + rule.joined(separator: " | ") + " |"]
      + cells.dropFirst().map(line)).joined(separator: "\n")
  }
}

/// The costs of contenders, side by side.
extension Report.Table {
  private static let measures = [
    "median ms", "best ms", "spread %", "CPU ms", "times the time", "times the CPU",
  ]

  /// A table that ``add(_:_:to:)`` fills; `columns` come before those of the costs.
  package init(ofCosts title: String, columns: [String]) {
    self.init(title, columns: columns + Self.measures)
  }

  /// A row of costs; the ratios are `result` over `reference`, the median over the rounds.
  package mutating func add(_ row: [Report.Cell], _ result: Race.Result, to reference: Race.Result)
  {
    add(
      row + [
        .number(result.wall.median * 1e3, decimals: 1),
        .number(result.wall.best * 1e3, decimals: 1),
        .number(result.wall.spread * 100, decimals: 0),
        .number(result.cpu.median * 1e3, decimals: 1),
        .number(result.wall.ratio(to: reference.wall), decimals: 2),
        .number(result.cpu.ratio(to: reference.cpu), decimals: 2),
      ])
  }
}
