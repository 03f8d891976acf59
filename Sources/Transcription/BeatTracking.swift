private import DrumNet

#if canImport(Glibc)
  private import Glibc
#endif

/// Beats and bar lines from the network's beat activations and the drum hits.
///
/// Either alone is enough: without hits the activations carry the song, and with a silent beat head
/// the hits do. Before the first and after the last evidence the tempo goes on as it was.
package enum BeatTracking {
  /// Beats over the whole of the audio, ascending; empty where there is neither a hit nor a beat
  /// activation to go by.
  package static func beats(in activations: Activations, onsets: [Onset]) -> [Beat] {
    let duration = Double(activations.frames) / activations.framesPerSecond
    let rate = RhythmScores.framesPerSecond
    let end = max(duration, (onsets.last?.time ?? 0) + 1)
    let evidence = BeatEvidence(activations, frames: Int((end * rate).rounded(.up)) + 1)
    guard !onsets.isEmpty || !evidence.beat.isEmpty else { return [] }
    let hits = onsets.map {
      BarLattice.Hit(
        time: Float($0.time * rate), drum: RhythmClass($0.drum), weight: Float($0.confidence))
    }
    var lattice = BarLattice(
      hits: hits, frames: evidence.frames, beat: evidence.beat, downbeat: evidence.downbeat)
    let path = lattice.path()
    let times = BeatRefinement.refined(
      path.map { Double($0.frame) / rate }, onsets: onsets,
      isCompound: path.map {
        RhythmPattern.all[BarLanes.pattern[$0.lane]].isCompound
      })
    return zip(times, path).map { time, step in
      let pattern = RhythmPattern.all[BarLanes.pattern[step.lane]]
      // A shuffle in four is felt and written in 4/4; two or three beats of three are 6/8 or 9/8.
      let isCompoundMetre = pattern.isCompound && pattern.beats < 4
      return Beat(
        time: time, position: BarLanes.position[step.lane] + 1,
        quarters: isCompoundMetre ? 1.5 : 1)
    }
  }
}

/// The network's beat heads as evidence at the lattice's frames, in log odds.
struct BeatEvidence {
  var frames: Int
  /// Empty when the heads are silent.
  var beat: [Float] = []
  var downbeat: [Float] = []

  /// A head whose largest value is below this has not learned anything.
  private static let alive: Float = 0.1
  /// Log odds are cut here: one confident frame must not outweigh a bar of hits.
  private static let limit: Float = 4

  init(_ activations: Activations, frames: Int) {
    self.frames = frames
    let columns = OutputLayout.count
    var beats = [Float](repeating: 0, count: frames)
    var downbeats = beats
    for i in 0..<frames {
      let centre = Int(
        (Double(i) / RhythmScores.framesPerSecond * activations.framesPerSecond).rounded())
      for j in max(0, centre - 1)...max(0, centre + 1) where j < activations.frames {
        beats[i] = max(beats[i], activations.values[j * columns + OutputLayout.beat])
        downbeats[i] = max(downbeats[i], activations.values[j * columns + OutputLayout.downbeat])
      }
    }
    func odds(_ values: [Float]) -> [Float] {
      guard (values.max() ?? 0) >= Self.alive else { return [] }
      return values.map { min(Self.limit, max(-Self.limit, log(($0 + 1e-3) / (1 - $0 + 1e-3)))) }
    }
    beat = odds(beats)
    downbeat = odds(downbeats)
  }
}
