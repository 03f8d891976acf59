/// Two models on the same songs, song by song.
package struct ScoreComparison: Codable, Sendable {
  package struct Song: Codable, Sendable {
    package var name: String
    /// F at 50 ms in five classes of each.
    package var first: Double
    package var second: Double
  }

  package let title: String
  package let songs: [Song]
  /// Pooled F of the second less that of the first, in five and in eight classes.
  package let gain5: Double
  package let gain8: Double
  /// Bootstrap 95 % intervals over songs, both models hearing the same resamples.
  package let interval5: [Double]
  package let interval8: [Double]

  /// `nil` where nothing is annotated.
  package init?(_ first: ScoreTable, _ second: ScoreTable) {
    precondition(first.songs.map(\.name) == second.songs.map(\.name), "the same songs")
    guard !first.isDrumFree else { return nil }
    title = first.title
    songs = zip(first.songs, second.songs).map {
      Song(name: $0.name, first: $0.total(.five, 50).f, second: $1.total(.five, 50).f)
    }
    gain5 = second.total(.five).f - first.total(.five).f
    gain8 = second.total(.eight).f - first.total(.eight).f
    interval5 = Self.interval(first, second, .five)
    interval8 = Self.interval(first, second, .eight)
  }

  private static func interval(
    _ first: ScoreTable, _ second: ScoreTable, _ vocabulary: Vocabulary
  ) -> [Double] {
    let a = first.songs.map { $0.total(vocabulary, 50) }
    let b = second.songs.map { $0.total(vocabulary, 50) }
    let range = Bootstrap.interval(songs: a.count) { picked in
      picked.reduce(MatchCounts()) { $0 + b[$1] }.f - picked.reduce(MatchCounts()) { $0 + a[$1] }.f
    }
    return [range.lowerBound, range.upperBound]
  }

  /// The songs that changed most, and the pooled change.
  package var text: String {
    func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + fixed(value, 3) }
    var lines = [
      "\(title): second model \(signed(gain5)) in 5 classes "
        + "(95 %: \(signed(interval5[0])) to \(signed(interval5[1]))), \(signed(gain8)) in 8 "
        + "(\(signed(interval8[0])) to \(signed(interval8[1])))"
    ]
    let ordered = songs.sorted { abs($0.second - $0.first) > abs($1.second - $1.first) }
    for song in ordered.prefix(10) {
      lines.append(
        "  \(signed(song.second - song.first))  \(fixed(song.first, 3)) -> "
          + "\(fixed(song.second, 3))  \(song.name)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
