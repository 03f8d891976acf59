internal import FoundationEssentials

/// The measures of several songs with what they come to, as text and for machines.
package struct ChartMeasureTable: Codable, Sendable {
  package struct Summary: Codable, Sendable {
    package var songs: Int
    /// Means over the songs.
    package var heardShare: Double
    package var onHumanTick: Double
    package var within15: Double
    package var samePlace: Double
    package var beatF70: Double
    package var beatF20: Double
    package var downbeatF: Double
    /// Share of the songs with the bar phase right.
    package var phaseRight: Double
    /// Medians over the songs.
    package var beatError: Double
    package var beatError95: Double
    package var markersPerMinute: Double
    package var humanMarkersPerMinute: Double

    init(_ songs: [ChartMeasure]) {
      func mean(_ value: (ChartMeasure) -> Double) -> Double {
        songs.isEmpty ? 0 : songs.map(value).reduce(0, +) / Double(songs.count)
      }
      func median(_ value: (ChartMeasure) -> Double) -> Double {
        let sorted = songs.map(value).sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
      }
      self.songs = songs.count
      heardShare = mean(\.heardShare)
      onHumanTick = mean(\.onHumanTick)
      within15 = mean(\.within15)
      samePlace = mean(\.samePlace)
      beatF70 = mean(\.beatF70)
      beatF20 = mean(\.beatF20)
      downbeatF = mean(\.downbeatF)
      phaseRight = mean { $0.isPhaseRight ? 1 : 0 }
      beatError = median(\.beatError)
      beatError95 = median(\.beatError95)
      markersPerMinute = median(\.markersPerMinute)
      humanMarkersPerMinute = median(\.humanMarkersPerMinute)
    }
  }

  package var title: String
  package var songs: [ChartMeasure]
  package var all: Summary
  /// Of the songs with at least 95 % of their bars in 4/4.
  package var common: Summary

  private static let mostlyCommon = 0.95

  package init(title: String, songs: [ChartMeasure]) {
    self.title = title
    self.songs = songs
    all = Summary(songs)
    common = Summary(songs.filter { $0.commonShare >= Self.mostlyCommon })
  }

  /// - Parameter perSong: a line for each song as well.
  package func text(perSong: Bool) -> String {
    var lines = ["\(title):", Self.heading]
    if perSong { lines += songs.map(Self.line) }
    lines.append(Self.line("all (\(all.songs))", all))
    lines.append(Self.line("4/4 (\(common.songs))", common))
    return lines.joined(separator: "\n")
  }

  private static let heading =
    "song                       heard   tick   15ms  place    F70    F20   bars  phase"
    + "  beat ms   p95  markers  human"

  private static func line(_ song: ChartMeasure) -> String {
    func list(_ shares: [String: Double]) -> String {
      shares.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.filter { $0.value > 0.05 }
        .map { "\($0.key):\(decimal($0.value, 2))" }.joined(separator: " ")
    }
    return row(
      song.name,
      [
        song.heardShare, song.onHumanTick, song.within15, song.samePlace, song.beatF70,
        song.beatF20, song.downbeatF, song.isPhaseRight ? 1 : 0,
      ],
      [
        song.beatError * 1e3, song.beatError95 * 1e3, song.markersPerMinute,
        song.humanMarkersPerMinute,
      ]) + "  4/4 \(decimal(song.commonShare, 2))  tempo \(list(song.tempoRatios))"
      + "  bar line at \(list(song.barShifts))"
  }

  private static func line(_ name: String, _ s: Summary) -> String {
    row(
      name,
      [
        s.heardShare, s.onHumanTick, s.within15, s.samePlace, s.beatF70, s.beatF20, s.downbeatF,
        s.phaseRight,
      ],
      [s.beatError * 1e3, s.beatError95 * 1e3, s.markersPerMinute, s.humanMarkersPerMinute])
  }

  private static func row(_ name: String, _ shares: [Double], _ others: [Double]) -> String {
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let short = String(name.prefix(25))
    return short + String(repeating: " ", count: 25 - short.count)
      + shares.map { right(decimal($0, 3), 7) }.joined()
      + others.map { right(decimal($0, 1), 8) }.joined()
  }

  private static func decimal(_ value: Double, _ places: Int) -> String {
    let scale = places == 1 ? 10.0 : places == 2 ? 100 : 1_000
    let whole = Int((value * scale).rounded())
    let fraction = String(whole % Int(scale))
    return "\(whole / Int(scale))." + String(repeating: "0", count: places - fraction.count)
      + fraction
  }
}
