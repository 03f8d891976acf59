package import ChartFormat

/// A drum hit with its place on the chart's grid.
package struct GridOnset: Hashable, Sendable {
  package var tick: Tick
  /// What was heard; its time is the time of the sound, not of the tick.
  package var onset: Onset

  package init(tick: Tick, onset: Onset) {
    self.tick = tick
    self.onset = onset
  }
}
