internal import ChartFormat
internal import DrumNet
internal import FoundationEssentials

extension ConversionReport {
  /// The report as a person reads it.
  package func text() -> String {
    var lines = ["\(artist) – \(title)", "", "folder      \(folder)", "source      \(source)"]
    lines.append("model       \(model)")
    lines.append("tempo       \(tempo)")
    lines.append("sections    \(sections.joined(separator: ", "))")
    let order = Difficulty.allCases.reversed()
    lines.append(
      "notes       " + order.map { "\($0.name) \(tiers["\($0)"] ?? 0)" }.joined(separator: ", "))
    lines += ["", "drum         heard   kept  confidence"]
    for drum in DrumClass.allCases { lines.append(row(drum.name)) }
    lines.append(
      Self.padded("all", 11) + Self.columns(heard.values.reduce(0, +), kept)
        + Self.number(meanConfidence))
    lines += ["", warnings.isEmpty ? "warnings: none" : "warnings:"] + warnings.map { "- \($0)" }
    lines += [issues.isEmpty ? "issues: none" : "issues:"] + issues.map { "- \($0)" }
    let seconds = stageSeconds.values.reduce(0, +)
    lines += ["", "\(Figures.decimal(seconds, 1)) seconds of work"]
    return lines.map { $0 + "\n" }.joined()
  }

  /// The report as a program reads it.
  package func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    // All its numbers are finite, and finite numbers always encode.
    return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self) + "\n"
  }

  private var source: String {
    "\(format), \(Figures.clock(songSeconds)), behind \(Figures.decimal(leadIn, 2)) s of lead-in"
  }

  private var tempo: String {
    let markers = tempoMarkers == 1 ? "1 marker" : "\(tempoMarkers) markers"
    let range =
      slowest < fastest
      ? " (\(Figures.decimal(slowest, 1)) to \(Figures.decimal(fastest, 1)))" : ""
    return "\(Figures.decimal(typicalTempo, 2)) BPM\(range), \(markers); beats lie "
      + "\(Figures.decimal(tempoFit.median, 1)) ms beside it, at most "
      + "\(Figures.decimal(tempoFit.largest, 1))"
  }

  private func row(_ name: String) -> String {
    let heard = heard[name] ?? 0
    let kept = heard - (dropped[name] ?? 0)
    return Self.padded(name, 11) + Self.columns(heard, kept)
      + (confidence[name].map(Self.number) ?? Self.padded("-", 12, right: true))
  }

  private static func columns(_ heard: Int, _ kept: Int) -> String {
    padded("\(heard)", 7, right: true) + padded("\(kept)", 7, right: true)
  }

  private static func number(_ value: Double) -> String {
    padded(Figures.decimal(value, 2), 12, right: true)
  }

  private static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? space + text : text + space
  }
}
