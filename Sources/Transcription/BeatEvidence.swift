private import DrumNet

#if canImport(Glibc)
  private import Glibc
#endif

/// The network's beat heads as evidence at the lattice's frames, in log odds.
struct BeatEvidence {
  let frames: Int
  /// Empty when the heads are silent.
  let beat: [Float]
  let downbeat: [Float]

  /// A head whose largest value is below this has not learned anything, or hears no beat.
  private static let alive: Float = 0.1
  /// Log odds are cut here: one confident frame must not outweigh a bar of hits.
  private static let limit: Float = 4

  init(_ activations: Activations, frames: Int) {
    self.frames = frames
    beat = Self.odds(activations, OutputLayout.beat, frames)
    downbeat = Self.odds(activations, OutputLayout.downbeat, frames)
  }

  /// Log odds of the largest value around each frame.
  private static func odds(_ activations: Activations, _ column: Int, _ frames: Int) -> [Float] {
    let step = activations.framesPerSecond / RhythmWeights.framesPerSecond
    var values = [Float](repeating: 0, count: frames)
    for i in 0..<frames {
      let first = max(0, Int(((Double(i) - 0.75) * step).rounded()))
      let last = min(activations.frames - 1, Int(((Double(i) + 0.75) * step).rounded()))
      guard first <= last else { continue }
      for j in first...last {
        values[i] = max(values[i], activations.values[j * OutputLayout.count + column])
      }
    }
    guard values.contains(where: { $0 >= alive }) else { return [] }
    return values.map { min(limit, max(-limit, log(($0 + 1e-3) / (1 - $0 + 1e-3)))) }
  }
}
