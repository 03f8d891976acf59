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
  ///   - timbre: How the song sounds over time, without lead-in: makes the sections better.
  ///   - leadIn: Seconds of silence before the audio that `timbre` describes.
  package static func chart(
    onsets: [GridOnset], tempoMap: TempoMap, metadata: SongMetadata, audioDuration: Double,
    timbre: Timbre? = nil, leadIn: Double = 0
  ) -> Chart {
    let kept = onsets.filter {
      $0.tick >= .zero && tempoMap.seconds(at: $0.tick) <= audioDuration - quietTail
    }
    let last = kept.map(\.tick).max() ?? .zero
    let grid = BarGrid(tempoMap, through: last)
    let expert = expert(kept, grid: grid).map(\.note)
    let names = SectionNames(
      Segmentation(BarFeatures(expert, grid: grid, timbre: timbre, leadIn: leadIn), grid: grid))
    let sections = names.sections()
    var metadata = metadata
    metadata.songLength = Int((audioDuration * 1_000).rounded())
    metadata.difficulty = DifficultyNumber.estimate(expert, grid: grid) ?? 0
    metadata.previewStart = preview(grid.start(ofBar: names.previewBar()), grid, audioDuration)
    return Chart(
      metadata: metadata, tempoMap: tempoMap,
      tracks: tracks(expert, grid: grid, sections: sections), sections: sections,
      end: end(after: last, grid: grid, audioDuration: audioDuration))
  }

  /// Expert Pro Drums: every hit that two hands and two feet can play.
  static func expert(_ onsets: [GridOnset], grid: BarGrid) -> [Hit] {
    let mapped = DrumMapping(onsets).hits(onsets, grid: grid)
    let playable = Playability.playable(mapped)
    return SecondKicks.mark(Dynamics.mark(playable, grid: grid))
  }

  /// The four tiers with their phrases, which are the same in all.
  static func tracks(
    _ expert: [DrumNote], grid: BarGrid, sections: [Section]
  ) -> [Difficulty: DrumTrack] {
    guard !expert.isEmpty else { return [:] }
    let fills = Fills(grid: grid, sections: sections).fills(expert)
    let power = StarPower(grid: grid, sections: sections, fills: fills).phrases(expert)
    let anchors =
      power.map { $0.start..<$0.start + $0.length }
      + fills.map { $0.start + $0.length..<$0.start + $0.length + Tick(1) }
    let rolls = Rolls.rolls(expert, grid: grid)
    return Reductions(grid: grid).tiers(expert, anchors: anchors).reduce(into: [:]) {
      tracks, tier in
      var track = DrumTrack()
      track.notes = tier.value
      track.starPower = power
      track.fills = fills
      if tier.key == .expert {
        track.singleRolls = rolls.single
        track.doubleRolls = rolls.double
      }
      tracks[tier.key] = track
    }
  }

  /// Milliseconds of the preview's start, early enough to be played whole.
  private static func preview(_ tick: Tick, _ grid: BarGrid, _ audioDuration: Double) -> Int {
    let latest = max(0, audioDuration - Double(ChartText.previewLength) / 1_000)
    return Int((min(grid.seconds(tick), latest) * 1_000).rounded(.down))
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
