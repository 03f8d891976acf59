/// One line of a training run's log.
package struct FitProgress: Codable, Sendable {
  package var step: Int
  package var steps: Int
  /// Mean weighted cross-entropy per onset cell of the batch.
  package var loss: Double
  /// F at 50 ms of the batch's windows at threshold 0.5, eight classes pooled; what is being
  /// learned, not how well unheard data will be heard.
  package var f: Double
  package var learningRate: Double
  package var gradientNorm: Double
  /// Windows per second over the last steps.
  package var examplesPerSecond: Double
  /// Seconds until the last step at that pace.
  package var secondsLeft: Double
  /// What a look at the validation windows gave, at the steps that have one.
  package var validation: ValidationScore?

  /// For a terminal or a log.
  package var line: String {
    "step \(step)/\(steps)  loss \(fixed(loss, 4))  F \(fixed(f, 3))  "
      + (validation.map { "unheard F \(fixed($0.f, 3))  " } ?? "")
      + "\(fixed(examplesPerSecond, 1)) examples/s  \(Self.clock(secondsLeft)) left"
  }

  /// The same where nothing is scored.
  package var unscoredLine: String {
    "step \(step)/\(steps)  loss \(fixed(loss, 4))  \(fixed(examplesPerSecond, 1)) examples/s  "
      + "\(Self.clock(secondsLeft)) left"
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    let minutes = whole / 60 % 60
    return whole >= 3_600
      ? "\(whole / 3_600) h \(minutes) min" : "\(minutes) min \(whole % 60) s"
  }
}
