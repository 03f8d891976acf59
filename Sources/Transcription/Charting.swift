package import ChartFormat

/// From drum hits on the grid to the chart that is played: lanes, hands and feet, the four tiers,
/// star power, fills, sections, the end, the preview and the difficulty number.
///
/// Pure and deterministic: the same hits give the same chart.
package enum Charting {
  /// Seconds from the last note to the `end` event (human charts: median 4.6).
  private static let endDelay = 2.0
  /// Seconds before the audio's end that stay free of notes.
  package static let quietTail = 1.0

  /// - Parameters:
  ///   - onsets: Hits on the grid of `tempoMap`, in any order.
  ///   - metadata: Title, artist and so on; length, preview and difficulty are filled in.
  ///   - audioDuration: Seconds of the final audio, lead-in included.
  package static func chart(
    onsets: [GridOnset], tempoMap: TempoMap, metadata: SongMetadata, audioDuration: Double
  ) -> Chart {
    let kept = onsets.filter {
      $0.tick >= .zero && tempoMap.seconds(at: $0.tick) <= audioDuration - quietTail
    }
    let last = kept.map(\.tick).max() ?? .zero
    let grid = BarGrid(tempoMap, through: last)
    let hits = expert(kept, grid: grid)
    var expert = DrumTrack()
    expert.notes = hits.map(\.note)
    var metadata = metadata
    metadata.songLength = Int((audioDuration * 1_000).rounded())
    return Chart(
      metadata: metadata, tempoMap: tempoMap, tracks: [.expert: expert],
      sections: [Section(tick: .zero, name: "Intro")],
      end: end(after: last, grid: grid, audioDuration: audioDuration))
  }

  /// Expert Pro Drums: every hit that two hands and two feet can play.
  static func expert(_ onsets: [GridOnset], grid: BarGrid) -> [Hit] {
    let mapped = DrumMapping(onsets).hits(onsets, grid: grid)
    let playable = Playability.playable(mapped)
    return SecondKicks.mark(Dynamics.mark(playable, grid: grid))
  }

  /// The first bar line two seconds or more after the last note, if the audio lasts that long;
  /// else the last bar line in the audio; else the last beat.
  static func end(after last: Tick, grid: BarGrid, audioDuration: Double) -> Tick {
    let map = grid.map
    let wanted = map.seconds(at: last) + endDelay
    let limit = Tick(max(last.value + 1, Int(map.tick(at: audioDuration).rounded(.down))))
    let lines = map.barLines(through: limit).filter { $0 > last && $0 <= limit }
    if let line = lines.first(where: { map.seconds(at: $0) >= wanted }) ?? lines.last {
      return line
    }
    let beat = map.resolution
    let beats = limit.value / beat * beat
    return beats > last.value ? Tick(beats) : limit
  }
}
