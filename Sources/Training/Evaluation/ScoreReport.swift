import DrumNet

/// The table that `charthero-train evaluate` prints, and the same as JSON.
package struct ScoreReport: Sendable {
  package let tables: [ScoreTable]

  package init(tables: [ScoreTable]) { self.tables = tables }

  /// Plain text; with a line per recording where `songs` asks for it.
  package func text(songs: Bool) -> String {
    tables.map { Self.text($0, songs: songs) }.joined(separator: "\n")
  }

  private static func text(_ table: ScoreTable, songs: Bool) -> String {
    var lines = ["\(table.title): \(table.songs.count) recordings, \(minutes(table)) min"]
    lines.append("  class        F 50 ms  precision   recall  F 30 ms  F 20 ms   hits  offset")
    for vocabulary in [Vocabulary.five, .eight, .any] {
      let rows = zip(
        vocabulary.classes,
        zip(
          table.counts(vocabulary), zip(table.counts(vocabulary, 30), table.counts(vocabulary, 20)))
      )
      if vocabulary != .any {
        for (name, (at50, (at30, at20))) in rows where at50.annotated + at50.estimated > 0 {
          let drum = vocabulary == .eight ? DrumClass(name: name) : nil
          lines.append(row(name, at50, at30, at20, offset: drum.flatMap(table.medianOffset)))
        }
      }
      let range = table.interval(vocabulary)
      let label = vocabulary == .any ? "any onset" : "sum of \(vocabulary.classes.count)"
      lines.append(
        row(
          label, table.total(vocabulary), table.total(vocabulary, 30), table.total(vocabulary, 20),
          offset: nil) + "  95 %: \(f3(range.lowerBound))-\(f3(range.upperBound))")
    }
    for song in songs ? table.songs : [] {
      lines.append(
        "  - \(song.name): 5 classes \(f3(song.total(.five, 50).f)), "
          + "8 classes \(f3(song.total(.eight, 50).f)), onset \(f3(song.total(.any, 50).f))")
    }
    if let correlation = table.velocityCorrelation {
      lines.append("  velocity correlation \(f3(correlation))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(
    _ name: String, _ at50: MatchCounts, _ at30: MatchCounts, _ at20: MatchCounts, offset: Double?
  ) -> String {
    let milliseconds = offset.map { padded(fixed($0 * 1_000, 1) + " ms", 8) } ?? padded("", 8)
    return "  " + name.padding(to: 12)
      + [at50.f, at50.precision, at50.recall, at30.f, at20.f].map { padded(f3($0), 9) }.joined()
      + padded(String(at50.annotated), 7) + milliseconds
  }

  private static func minutes(_ table: ScoreTable) -> String {
    fixed(table.songs.reduce(0) { $0 + $1.duration } / 60, 1)
  }

  private static func f3(_ value: Double) -> String { fixed(value, 3) }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension ScoreReport {
  /// What the report says, for machines.
  package struct Summary: Codable, Sendable {
    package var title: String
    package var recordings: Int
    package var f5: Double
    package var f8: Double
    package var anyOnset: Double
    /// F at 50 ms per class, of both vocabularies.
    package var classes: [String: Double]
    /// Lower and upper end of the bootstrap 95 % interval of `f5`.
    package var interval5: [Double]
    package var velocityCorrelation: Double?
  }

  package var summaries: [Summary] {
    tables.map { table in
      var classes: [String: Double] = [:]
      for vocabulary in [Vocabulary.five, .eight] {
        for (name, counts) in zip(vocabulary.classes, table.counts(vocabulary))
        where counts.annotated + counts.estimated > 0 {
          classes[name] = counts.f
        }
      }
      let range = table.interval(.five)
      return Summary(
        title: table.title, recordings: table.songs.count, f5: table.total(.five).f,
        f8: table.total(.eight).f, anyOnset: table.total(.any).f, classes: classes,
        interval5: [range.lowerBound, range.upperBound],
        velocityCorrelation: table.velocityCorrelation)
    }
  }
}

/// `value` with `digits` decimals.
package func fixed(_ value: Double, _ digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let scaled = (abs(value) * scale).rounded()
  guard scaled < 1e15 else { return "\(value)" }
  let whole = String(Int(scaled))
  let sign = value < 0 && scaled > 0 ? "-" : ""
  guard digits > 0 else { return sign + whole }
  let padded = String(repeating: "0", count: max(0, digits + 1 - whole.count)) + whole
  return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
}

extension String {
  func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
