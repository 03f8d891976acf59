package import ChartFormat
private import DrumNet

/// Puts hits on the grid of a tempo map.
///
/// Every beat gets one of the grids 1/4, 1/8, 1/12, 1/16, 1/24, 1/32: the cost of a grid is the
/// squared timing error of the beat's hits, trusting confident ones more, plus what the grid's
/// rarity costs; a change between straight and triplet feel from beat to beat costs too. The best
/// sequence of grids is found by dynamic programming over the song. Beats that are played alike are
/// judged by their average (``BeatMemory``), so that they are written alike.
package enum Quantizer {
  /// Hits, with times in the seconds of the map, to ticks; ascending in tick, then by class.
  ///
  /// Hits of one class that land on one tick are one hit. A drum that is late or early all through
  /// the song is moved by as much first.
  package static func quantize(_ onsets: [Onset], on map: TempoMap) -> [GridOnset] {
    guard !onsets.isEmpty else { return [] }
    let sounding = DoubleHits.merged(onsets)
    let first = placed(sounding, on: map)
    let latencies = Latencies(of: first, on: map)
    guard latencies.isAudible else { return unique(first) }
    // The hits keep the times at which they sound; only their places are sought anew.
    let order = sounding.indices.sorted {
      latencies.corrected(sounding[$0]) < latencies.corrected(sounding[$1])
    }
    let corrected = order.map { index -> Onset in
      var onset = sounding[index]
      onset.time = latencies.corrected(onset)
      return onset
    }
    return unique(
      placed(corrected, on: map).map { hit in
        GridOnset(tick: hit.tick, onset: latencies.original(hit.onset))
      })
  }

  /// Ascending hits on the lines of the grids that suit them.
  private static func placed(_ sorted: [Onset], on map: TempoMap) -> [GridOnset] {
    let beats = BeatMemory.recalled(BeatCells.cells(of: sorted, on: map), drums: sorted.map(\.drum))
    let grids = GridChoice.grids(for: beats)
    var result: [GridOnset] = []
    for (cell, grid) in zip(beats, grids) {
      for strike in cell.strikes {
        let tick = cell.start + Tick(grid.tick(of: strike.offset, in: cell.length))
        for index in strike.onsets { result.append(GridOnset(tick: tick, onset: sorted[index])) }
      }
    }
    return result
  }

  /// One hit per class and tick: the most confident.
  private static func unique(_ hits: [GridOnset]) -> [GridOnset] {
    var result: [GridOnset] = []
    let order = hits.sorted {
      ($0.tick, $0.onset.drum.rawValue, -$0.onset.confidence)
        < ($1.tick, $1.onset.drum.rawValue, -$1.onset.confidence)
    }
    for hit in order {
      if let last = result.last, last.tick == hit.tick, last.onset.drum == hit.onset.drum {
        continue
      }
      result.append(hit)
    }
    return result
  }
}
