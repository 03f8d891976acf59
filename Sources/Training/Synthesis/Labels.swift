internal import DrumNet
package import Transcription

/// What a listener could write down of a performance.
package enum Labels {
  /// Strokes softer than this are not audible beside others (ghost notes are at 20 and more).
  package static let audibleVelocity = 8
  /// Two strokes on one drum closer than this are one to the ear and to the network's frames.
  package static let mergeSeconds = 0.015

  /// The onsets of the strokes inside `0..<seconds`, ascending in time.
  package static func onsets(of hits: [TimedHit], seconds: Double) -> [Onset] {
    var result: [Onset] = []
    var last: [DrumClass: Int] = [:]
    for hit in hits.sorted(by: { $0.time < $1.time })
    where hit.time >= 0 && hit.time < seconds && hit.velocity >= audibleVelocity {
      guard let drum = hit.articulation.drum else { continue }
      if let i = last[drum], hit.time - result[i].time < mergeSeconds {
        result[i].velocity = max(result[i].velocity, hit.velocity)
        result[i].isOpen = result[i].isOpen || hit.articulation.isOpen
        continue
      }
      last[drum] = result.count
      result.append(
        Onset(
          time: hit.time, drum: drum, velocity: hit.velocity, isOpen: hit.articulation.isOpen))
    }
    return result
  }
}
