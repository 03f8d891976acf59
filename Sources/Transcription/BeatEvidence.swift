package import DrumNet

#if canImport(Glibc)
  private import Glibc
#endif

/// What two networks heard of beats, as evidence at the lattice's frames, in log odds: the beat heads
/// of the one that hears the song, and the one that knows drumming and hears the hits.
package struct BeatEvidence {
  package let frames: Int
  /// Empty when both are silent.
  package let beat: [Float]
  package let downbeat: [Float]

  /// A head whose largest value is below this has not learned anything, or hears no beat.
  private static let alive: Float = 0.1
  /// Each network's log odds are cut here: one confident frame must not outweigh a bar of hits.
  private static let limit: Float = 4
  /// What the log odds of the network that hears hits weigh beside the lattice's own judgement of
  /// them (decisions 0044 and 0086).
  private static let weights: [Float] = [0.8, 0.9]
  /// The share of them that is left where the song itself gives evidence.
  private static let besideSong: Float = 0.4

  /// - Parameters:
  ///   - activations: What the one network heard; `nil` where there are only hits.
  ///   - network: The other; the one that ships unless said.
  package init(
    _ activations: Activations?, onsets: [Onset], frames: Int, network: BeatNetwork? = nil
  ) {
    self.frames = frames
    let drumming =
      onsets.isEmpty
      ? []
      : (network ?? BeatNetworkTable.shipped())
        .probabilities(roll: DrumRoll.values(of: onsets, frames: frames), frames: frames)
    func evidence(_ head: Int, _ column: Int) -> [Float] {
      let probabilities = stride(from: column, to: drumming.count, by: BeatNetwork.outputs)
        .map { drumming[$0] }
      let hits = Self.odds(probabilities).map { Self.weights[column] * $0 }
      let song = activations.map { Self.odds(Self.largest($0, head, frames)) } ?? []
      if hits.isEmpty || song.isEmpty { return hits + song }
      return zip(hits, song).map { Self.besideSong * $0 + $1 }
    }
    beat = evidence(OutputLayout.beat, 0)
    downbeat = evidence(OutputLayout.downbeat, 1)
  }

  /// Log odds, or nothing where nothing was heard.
  private static func odds(_ probabilities: [Float]) -> [Float] {
    guard probabilities.contains(where: { $0 >= alive }) else { return [] }
    return probabilities.map { min(limit, max(-limit, log(($0 + 1e-3) / (1 - $0 + 1e-3)))) }
  }

  /// The largest value of a head around each frame.
  private static func largest(_ activations: Activations, _ head: Int, _ frames: Int) -> [Float] {
    let step = activations.framesPerSecond / RhythmWeights.framesPerSecond
    var values = [Float](repeating: 0, count: frames)
    for i in 0..<frames {
      let first = max(0, Int(((Double(i) - 0.75) * step).rounded()))
      let last = min(activations.frames - 1, Int(((Double(i) + 0.75) * step).rounded()))
      guard first <= last else { continue }
      for j in first...last {
        values[i] = max(values[i], activations.values[j * OutputLayout.count + head])
      }
    }
    return values
  }
}
