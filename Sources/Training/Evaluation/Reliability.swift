internal import Transcription

/// Confidences against how often they were right, in ten steps.
package struct Reliability: Codable, Hashable, Sendable {
  package struct Step: Codable, Hashable, Sendable {
    /// Hits whose confidence lies in this tenth.
    package var hits = 0
    /// Their mean confidence.
    package var confidence = 0.0
    /// The share of them that is annotated.
    package var real = 0.0
  }

  package var steps: [Step]

  init(of onsets: [JudgedOnset]) {
    steps = Array(repeating: Step(), count: 10)
    for onset in onsets {
      guard let estimate = onset.estimate else { continue }
      let step = min(9, Int(estimate.confidence * 10))
      steps[step].hits += 1
      steps[step].confidence += estimate.confidence
      steps[step].real += onset.annotation == nil ? 0 : 1
    }
    for step in steps.indices where steps[step].hits > 0 {
      steps[step].confidence /= Double(steps[step].hits)
      steps[step].real /= Double(steps[step].hits)
    }
  }

  /// Expected calibration error: the mean distance between the two, 0...1.
  package var error: Double {
    let all = steps.reduce(0) { $0 + $1.hits }
    guard all > 0 else { return 0 }
    return steps.reduce(0) { $0 + Double($1.hits) * abs($1.confidence - $1.real) } / Double(all)
  }
}
