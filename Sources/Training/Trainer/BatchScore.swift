import DrumNet

/// F of windows by their peaks alone, without the decoding of songs: cheap enough to look at while
/// training.
enum BatchScore {
  /// What the peaks of one drum above a logit of `level` hit within 50 ms. `logits` are
  /// `(windows, frames, OutputLayout.count)`.
  static func counts(
    _ drum: DrumClass, above level: Float = 0, logits: [Float], batch: TrainingBatch,
    framesPerSecond: Double
  ) -> MatchCounts {
    let outputs = OutputLayout.count
    let size = batch.frames * outputs
    var counts = MatchCounts()
    for window in 0..<batch.windows {
      func peaks(_ level: Float, _ list: [Float]) -> [Double] {
        (1..<max(1, batch.frames - 1)).filter { frame in
          let index = window * size + frame * outputs + drum.rawValue
          return list[index] >= level && list[index] >= list[index - outputs]
            && list[index] > list[index + outputs]
        }.map { Double($0) / framesPerSecond }
      }
      let estimated = peaks(level, logits)
      let annotated = peaks(0.999, batch.targets)
      let pairs = OnsetMatching.pairs(
        estimates: estimated, references: annotated, tolerance: 0.05)
      counts =
        counts
        + MatchCounts(matched: pairs.count, estimated: estimated.count, annotated: annotated.count)
    }
    return counts
  }

  /// All drums together at threshold 0.5.
  static func f(logits: [Float], batch: TrainingBatch, framesPerSecond: Double) -> Double {
    DrumClass.allCases.reduce(MatchCounts()) {
      $0 + counts($1, logits: logits, batch: batch, framesPerSecond: framesPerSecond)
    }.f
  }
}
