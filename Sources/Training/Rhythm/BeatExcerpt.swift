internal import DrumNet
internal import Transcription

/// A stretch of a piece as it might be heard.
struct BeatExcerpt {
  /// (frames, classes).
  private(set) var roll: [Float]
  /// (frames, BeatNetwork.outputs), and how much each counts.
  private(set) var targets: [Float]
  private(set) var weights: [Float]

  /// How often a whole drum is taken for another, or is not heard at all.
  private static let confusion = 0.25
  private static let deafness = 0.025
  /// A frame beside a beat's own counts as half a beat.
  private static let beside: Float = 0.5
  /// Beats are rarer than what lies between them.
  private static let beatWeight: Float = 2

  init(_ piece: BeatPiece, frames: Int, using random: inout SeededGenerator) {
    let rate = BeatNetwork.framesPerSecond
    let seconds = Double(frames) / rate
    let speed = random.logUniform(0.77, 1.3)
    let (first, last) = (piece.hits[0].time * speed, piece.hits[piece.hits.count - 1].time * speed)
    let start = random.uniform(first - 3, max(first - 1, last - 0.8 * seconds))
    func moved(_ time: Double) -> Double { time * speed - start }

    let heard = Self.heard(piece.hits, at: moved, seconds: seconds, &random)
    roll = DrumRoll.values(of: heard, frames: frames)
    var targets = [Float](repeating: 0, count: frames * BeatNetwork.outputs)
    for beat in piece.beats {
      let frame = Int((moved(beat.time) * rate).rounded())
      for (frame, value) in [(frame - 1, Self.beside), (frame, 1), (frame + 1, Self.beside)]
      where 0..<frames ~= frame {
        let at = frame * BeatNetwork.outputs
        targets[at] = max(targets[at], value)
        if beat.position == 1 { targets[at + 1] = max(targets[at + 1], value) }
      }
    }
    self.targets = targets
    weights = targets.map { 1 + (Self.beatWeight - 1) * $0 }
    // Nobody knows what the beat was before the piece and after it.
    let known = (moved(piece.beats.first?.time ?? 0), moved(piece.beats.last?.time ?? 0))
    for frame in 0..<frames {
      let time = Double(frame) / rate
      guard time < known.0 - 0.1 || time > known.1 + 0.1 else { continue }
      for column in 0..<BeatNetwork.outputs { weights[frame * BeatNetwork.outputs + column] = 0 }
    }
  }

  private static func heard(
    _ hits: [Onset], at moved: (Double) -> Double, seconds: Double,
    _ random: inout SeededGenerator
  ) -> [Onset] {
    let jitter = random.uniform(0.002, 0.01)
    let missed = random.chance(0.5) ? 0 : random.uniform(0, 0.12)
    let invented = random.chance(0.5) ? 0 : random.uniform(0, 0.08)
    let doubt = random.chance(0.5) ? 0 : random.uniform(0, 0.3)
    var ear = DrumClass.allCases.map { Optional($0) }
    if random.chance(confusion) {
      let pairs: [(DrumClass, DrumClass)] = [
        (.ride, .hihat), (.hihat, .ride), (.crash, .ride), (.ride, .crash), (.tomHigh, .tomMid),
        (.tomMid, .tomLow), (.tomMid, .tomHigh), (.hihat, .crash), (.snare, .tomHigh),
      ]
      let (played, taken) = random.pick(pairs)
      ear[played.rawValue] = taken
    }
    for drum in DrumClass.allCases where random.chance(deafness) { ear[drum.rawValue] = nil }
    var heard: [Onset] = []
    for hit in hits {
      let time = moved(hit.time)
      guard time > -0.1, time < seconds + 0.1, let drum = ear[hit.drum.rawValue] else { continue }
      func confidence() -> Double { min(1, max(0.2, 1 - abs(random.normal(0, doubt)))) }
      if !random.chance(missed) {
        heard.append(
          Onset(time: random.normal(time, jitter), drum: drum, confidence: confidence()))
      }
      if random.chance(invented) {
        heard.append(
          Onset(time: random.uniform(0, seconds), drum: drum, confidence: confidence()))
      }
    }
    return heard.sorted { $0.time < $1.time }
  }
}
