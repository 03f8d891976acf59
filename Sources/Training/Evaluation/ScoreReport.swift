import DrumNet

/// The table that `charthero-train evaluate` prints.
package struct ScoreReport: Sendable {
  package let tables: [ScoreTable]

  package init(tables: [ScoreTable]) { self.tables = tables }

  /// Plain text; with a line per recording where `songs` asks for it.
  package func text(songs: Bool) -> String {
    tables.map { Self.text($0, songs: songs) }.joined(separator: "\n")
  }

  private static func text(_ table: ScoreTable, songs: Bool) -> String {
    let minutes = fixed(table.minutes, 1)
    var lines = ["\(table.title): \(table.songs.count) recordings, \(minutes) min"]
    if table.isDrumFree {
      let classes = DrumClass.allCases.map {
        "\($0.name) \(fixed(table.inventedPerMinute(of: $0), 2))"
      }
      lines.append(
        "  invented onsets per minute: \(fixed(table.inventedPerMinute, 2)) ("
          + classes.joined(separator: ", ") + ")")
    } else {
      lines += classes(table) + details(table)
    }
    for song in songs ? table.songs : [] {
      lines.append(
        "  - \(song.name): 5 classes \(f3(song.total(.five, 50).f)), "
          + "8 classes \(f3(song.total(.eight, 50).f)), onset \(f3(song.total(.any, 50).f))"
          + (song.beats.map {
            ", beats \(f3($0.beats70.f)), downbeats \(f3($0.downbeats70.f))"
          } ?? ""))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func classes(_ table: ScoreTable) -> [String] {
    var lines = [
      "  class        F 50 ms  precision   recall  F 30 ms  F 20 ms   hits  offset   spread"
    ]
    for vocabulary in [Vocabulary.five, .eight, .any] {
      let rows = zip(
        vocabulary.classes,
        zip(
          table.counts(vocabulary), zip(table.counts(vocabulary, 30), table.counts(vocabulary, 20)))
      )
      if vocabulary != .any {
        for (name, (at50, (at30, at20))) in rows where at50.annotated + at50.estimated > 0 {
          let drum = vocabulary == .eight ? DrumClass(name: name) : nil
          lines.append(
            row(name, at50, at30, at20) + padded(milliseconds(drum.flatMap(table.medianOffset)), 8)
              + padded(milliseconds(drum.flatMap(table.offsetSpread)), 9))
        }
      }
      let range = table.interval(vocabulary)
      let label = vocabulary == .any ? "any onset" : "sum of \(vocabulary.classes.count)"
      lines.append(
        row(
          label, table.total(vocabulary), table.total(vocabulary, 30), table.total(vocabulary, 20))
          + "  95 %: \(f3(range.lowerBound))-\(f3(range.upperBound))")
    }
    return lines
  }

  private static func details(_ table: ScoreTable) -> [String] {
    let recalls = table.recallByInterval.filter { $0.counts.annotated > 0 }.map {
      "\($0.interval.title) \(f3($0.counts.recall)) (\($0.counts.annotated))"
    }
    var lines = ["  recall by the interval of a drum's strokes: " + recalls.joined(separator: ", ")]
    if let beats = table.beats {
      lines.append(
        "  beats F \(f3(beats.beats70.f)) at 70 ms, \(f3(beats.beats20.f)) at 20 ms; "
          + "downbeats \(f3(beats.downbeats70.f)), \(f3(beats.downbeats20.f))")
    }
    lines.append(
      "  confidence is off by \(f3(table.reliability.error)) on average"
        + (table.velocityCorrelation.map { "; velocity correlation \(f3($0))" } ?? ""))
    return lines
  }

  private static func row(
    _ name: String, _ at50: MatchCounts, _ at30: MatchCounts, _ at20: MatchCounts
  ) -> String {
    "  " + name.padding(to: 12)
      + [at50.f, at50.precision, at50.recall, at30.f, at20.f].map { padded(f3($0), 9) }.joined()
      + padded(String(at50.annotated), 7)
  }

  private static func milliseconds(_ seconds: Double?) -> String {
    seconds.map { fixed($0 * 1_000, 1) + " ms" } ?? ""
  }

  private static func f3(_ value: Double) -> String { fixed(value, 3) }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
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
