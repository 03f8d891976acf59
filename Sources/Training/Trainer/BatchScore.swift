import DrumNet
import Transcription

/// F of the windows a step was trained on: a cheap sign of life for the progress line.
enum BatchScore {
  /// `logits` and `targets` are `(windows, frames, OutputLayout.count)`.
  static func counts(
    logits: [Float], batch: TrainingBatch, framesPerSecond: Double
  ) -> MatchCounts {
    let outputs = OutputLayout.count
    let size = batch.frames * outputs
    var counts = MatchCounts()
    for window in 0..<batch.windows {
      for drum in DrumClass.allCases {
        func peaks(_ level: Float, _ list: [Float]) -> [Double] {
          (1..<batch.frames - 1).filter { frame in
            let index = window * size + frame * outputs + drum.rawValue
            return list[index] >= level && list[index] >= list[index - outputs]
              && list[index] > list[index + outputs]
          }.map { Double($0) / framesPerSecond }
        }
        let estimated = peaks(0, logits)
        let annotated = peaks(0.999, batch.targets)
        let pairs = OnsetMatching.pairs(
          estimates: estimated, references: annotated, tolerance: 0.05)
        counts =
          counts
          + MatchCounts(
            matched: pairs.count, estimated: estimated.count, annotated: annotated.count)
      }
    }
    return counts
  }
}
