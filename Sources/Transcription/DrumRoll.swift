internal import DrumNet

/// Drum hits as a ``BeatNetwork`` reads them: for each frame and drum how certain a hit is.
package enum DrumRoll {
  /// Onsets ascending in time -> (frames, classes). A hit between two frames belongs to both, by
  /// how near it is to each.
  package static func values(of onsets: [Onset], frames: Int) -> [Float] {
    let classes = DrumClass.allCases.count
    var roll = [Float](repeating: 0, count: frames * classes)
    for onset in onsets where onset.time >= 0 {
      let place = onset.time * BeatNetwork.framesPerSecond
      let frame = Int(place)
      let after = place - Double(frame)
      for (frame, share) in [(frame, 1 - after), (frame + 1, after)] where frame < frames {
        let at = frame * classes + onset.drum.rawValue
        roll[at] = max(roll[at], Float(onset.confidence * share))
      }
    }
    return roll
  }
}
