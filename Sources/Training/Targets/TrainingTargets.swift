import DrumNet
package import Transcription

/// What the loss compares one window's logits with: a soft target and a weight for every output of
/// every frame, both row-major `(frames, OutputLayout.count)`. A weight of 0 says "not known here".
package struct TrainingTargets: Sendable {
  package let frames: Int
  package private(set) var targets: [Float]
  package private(set) var weights: [Float]

  /// Onsets stand on their nearest frame (1) and its two neighbours, whose targets lean to the side
  /// on which the true time lies.
  package init(
    onsets: [Onset], beats: [Beat], frames: Int, framesPerSecond: Double, settings: TargetSettings
  ) {
    self.frames = frames
    let outputs = OutputLayout.count
    targets = [Float](repeating: 0, count: frames * outputs)
    weights = [Float](repeating: 0, count: frames * outputs)
    let beatWeight = beats.isEmpty ? 0 : settings.beatWeight
    for frame in 0..<frames {
      for drum in DrumClass.allCases { weights[frame * outputs + OutputLayout.onset(drum)] = 1 }
      weights[frame * outputs + OutputLayout.anyOnset] = settings.anyOnsetWeight
      weights[frame * outputs + OutputLayout.beat] = beatWeight
      weights[frame * outputs + OutputLayout.downbeat] = beatWeight
    }
    for onset in onsets {
      let position = onset.time * framesPerSecond
      raise(OutputLayout.onset(onset.drum), at: position, settings)
      raise(OutputLayout.anyOnset, at: position, settings)
      // A velocity of 0 says that it is not known, nor whether a hat is open.
      guard onset.velocity > 0 else { continue }
      label(
        OutputLayout.velocity(onset.drum), at: position, value: Float(onset.velocity) / 127,
        weight: settings.velocityWeight)
      if onset.drum == .hihat {
        label(
          OutputLayout.hihatOpen, at: position, value: onset.isOpen ? 1 : 0,
          weight: settings.opennessWeight)
      }
    }
    for beat in beats {
      let position = beat.time * framesPerSecond
      raise(OutputLayout.beat, at: position, settings)
      if beat.position == 1 { raise(OutputLayout.downbeat, at: position, settings) }
    }
    if settings.beatTolerance > 0 { allowShift(settings.beatTolerance) }
    weighPositives(settings)
  }

  /// Beats become single frames, around which nothing is asked: the loss looks at the largest value
  /// within `tolerance` frames, and a frame up to twice as far away may look at the beat itself.
  private mutating func allowShift(_ tolerance: Int) {
    for column in [OutputLayout.beat, OutputLayout.downbeat] {
      let beats = (0..<frames).filter { targets[$0 * OutputLayout.count + column] == 1 }
      let kept = Set(beats)
      for beat in beats {
        for frame in max(0, beat - 2 * tolerance)..<min(frames, beat + 2 * tolerance + 1)
        where !kept.contains(frame) {
          targets[frame * OutputLayout.count + column] = 0
          weights[frame * OutputLayout.count + column] = 0
        }
      }
    }
  }

  private mutating func raise(_ column: Int, at position: Double, _ settings: TargetSettings) {
    let centre = Int(position.rounded())
    let lean = settings.lean * Float(position - Double(centre))
    for (frame, target) in [
      (centre - 1, settings.neighbour * (1 - lean)), (centre, 1),
      (centre + 1, settings.neighbour * (1 + lean)),
    ] where frame >= 0 && frame < frames {
      let index = frame * OutputLayout.count + column
      targets[index] = max(targets[index], target)
    }
  }

  private mutating func label(_ column: Int, at position: Double, value: Float, weight: Float) {
    let centre = Int(position.rounded())
    for frame in centre - 1...centre + 1 where frame >= 0 && frame < frames {
      targets[frame * OutputLayout.count + column] = value
      weights[frame * OutputLayout.count + column] = weight
    }
  }

  /// Positive frames weigh more, in proportion to how positive they are.
  private mutating func weighPositives(_ settings: TargetSettings) {
    let onsets = DrumClass.allCases.map(OutputLayout.onset) + [OutputLayout.anyOnset]
    for frame in 0..<frames {
      for column in onsets {
        let index = frame * OutputLayout.count + column
        weights[index] *= 1 + (settings.positiveWeight - 1) * targets[index]
      }
      for column in [OutputLayout.beat, OutputLayout.downbeat] {
        let index = frame * OutputLayout.count + column
        weights[index] *= 1 + (settings.beatPositiveWeight - 1) * targets[index]
      }
    }
  }
}
