package import DrumNet

#if canImport(Glibc)
  private import Glibc
#endif

/// From probabilities per frame to drum hits.
///
/// Per class: a local maximum above the calibrated threshold, its time refined by a parabola
/// through three frames, the class's constant offset removed, near repeats thinned to the stronger.
/// Of all these, what stands where drums play (``DrumPresence``) and the rest of the song confirms
/// (``Repetition``), lone cymbals as crashes (``LoneCymbals``), one tom a stroke (``TomStrokes``).
package enum PeakPicking {
  /// Half-width of the neighbourhood in which a peak must be the largest value, in seconds. Two
  /// frames: strokes 30 ms apart stay apart.
  static let neighbourhood = 0.02

  /// Least time in seconds between two hits of one class: below it a second peak is the ripple of
  /// the first. No foot is faster; cymbals ring, so that their ripples come late. Snares have flams
  /// and buzzed rolls, hats a pedal beside the stick: there every peak is a stroke.
  static func spacing(_ drum: DrumClass) -> Double {
    switch drum {
    case .snare, .hihat: 0
    case .kick, .tomHigh, .tomMid, .tomLow: 0.045
    case .ride: 0.05
    case .crash: 0.08
    }
  }

  /// What the network heard in a song.
  package struct Result: Sendable {
    /// Kept hits, ascending in time, then by class.
    package var onsets: [Onset]
    /// Hits per class above the threshold, and how many of these stand where no drums play or fell
    /// below the wanted confidence.
    package var heard: [DrumClass: Int]
    package var dropped: [DrumClass: Int]
  }

  /// Hits whose confidence is at least `minimumConfidence`, ascending in time.
  package static func onsets(
    in activations: Activations, calibration: Calibration, minimumConfidence: Double
  ) -> [Onset] {
    pick(activations, calibration: calibration, minimumConfidence: minimumConfidence).onsets
  }

  /// The hits with the counts of what was heard and what was dropped.
  package static func pick(
    _ activations: Activations, calibration: Calibration, minimumConfidence: Double
  ) -> Result {
    let peaks = everyCandidate(
      in: activations, calibration: calibration, lowest: Repetition.floor)
    // Asked before the rest of the song is, for bass notes repeat as well as kicks do, and again
    // when the song has taken some of the company away.
    let isPlayed = DrumPresence.isPlayed(
      peaks.map(\.onset), needed: calibration.company, sure: calibration.sure,
      duration: Double(activations.frames) / activations.framesPerSecond)
    let present =
      isPlayed
      ? DrumPresence.present(peaks, needed: calibration.company, onset: \.onset) : []
    let judged = Repetition(activations).judged(present)
    let hits = TomStrokes.single(LoneCymbals.crashes(in: judged, heard: present))
    var result = Result(onsets: [], heard: [:], dropped: [:])
    result.onsets = DrumPresence.present(
      hits.map { $0.judgedOnset(calibration) }, needed: calibration.company
    ).filter { $0.confidence >= minimumConfidence }
    for drum in DrumClass.allCases {
      func heard(_ candidates: [Candidate]) -> Int {
        candidates.count { $0.onset.drum == drum && $0.isHit }
      }
      let count = heard(hits) + heard(peaks) - heard(present)
      result.heard[drum] = count
      result.dropped[drum] = count - result.onsets.count { $0.drum == drum }
    }
    return result
  }

  /// Every class by itself, whatever else was heard at the same time: what a calibration judges.
  /// Ascending in time, then by class.
  package static func separateOnsets(
    in activations: Activations, calibration: Calibration
  ) -> [Onset] {
    everyCandidate(in: activations, calibration: calibration).map(\.onset)
  }

  /// A hit, whether drums play there or not, and its peak.
  struct Candidate {
    var frame: Int
    /// The activation there, and the class's threshold that it reached.
    var value: Double
    var threshold: Double
    var onset: Onset

    var isHit: Bool { value >= threshold }

    /// The onset, as certain as the activation is by now.
    fileprivate func judgedOnset(_ calibration: Calibration) -> Onset {
      var onset = onset
      onset.confidence = PeakPicking.confidence(value, calibration[onset.drum])
      return onset
    }
  }

  /// Judged by what is known when they are played. Ascending in time, then by class.
  static func candidates(in activations: Activations, calibration: Calibration) -> [Candidate] {
    TomStrokes.single(everyCandidate(in: activations, calibration: calibration))
  }

  /// - Parameter lowest: Peaks from here on, where this is below the class's threshold.
  private static func everyCandidate(
    in activations: Activations, calibration: Calibration, lowest: Double = 1
  ) -> [Candidate] {
    DrumClass.allCases.flatMap {
      candidates(of: $0, in: activations, calibration: calibration, lowest: lowest)
    }.sorted {
      ($0.onset.time, $0.onset.drum.rawValue) < ($1.onset.time, $1.onset.drum.rawValue)
    }
  }

  private static func candidates(
    of drum: DrumClass, in activations: Activations, calibration: Calibration, lowest: Double
  ) -> [Candidate] {
    let rate = activations.framesPerSecond
    let settings = calibration[drum]
    let column = OutputLayout.onset(drum)
    let values = (0..<activations.frames).map {
      activations.values[$0 * OutputLayout.count + column]
    }
    var peaks = peaks(
      in: values, threshold: Float(min(lowest, settings.threshold)),
      reach: max(1, Int((neighbourhood * rate).rounded())))
    peaks = thinned(peaks, spacing: spacing(drum) * rate)
    return peaks.map { peak in
      let row = peak.frame * OutputLayout.count
      let velocity = activations.values[row + OutputLayout.velocity(drum)]
      let open = drum == .hihat && activations.values[row + OutputLayout.hihatOpen] >= 0.5
      return Candidate(
        frame: peak.frame, value: Double(peak.value), threshold: settings.threshold,
        onset: Onset(
          time: max(0, peak.position / rate - settings.offset), drum: drum,
          velocity: min(127, max(1, Int((velocity * 127).rounded()))),
          confidence: confidence(Double(peak.value), settings), isOpen: open))
    }
  }

  /// The calibrated probability of a peak: `sigmoid(slope * logit + bias)`.
  package static func confidence(_ value: Double, _ settings: Calibration.Class) -> Double {
    1 / (1 + exp(-(settings.slope * logOdds(value) + settings.bias)))
  }

  struct Peak: Hashable {
    var frame: Int
    /// Frames, refined below one frame.
    var position: Double
    var value: Float
  }

  /// Local maxima at or above the threshold; of a plateau the first frame counts.
  static func peaks(in values: [Float], threshold: Float, reach: Int) -> [Peak] {
    var peaks: [Peak] = []
    for i in values.indices where values[i] >= threshold && values[i] > 0 {
      let before = values[max(0, i - reach)..<i]
      let after = values[i + 1..<min(values.count, i + reach + 1)]
      guard before.allSatisfy({ $0 < values[i] }), after.allSatisfy({ $0 <= values[i] }) else {
        continue
      }
      peaks.append(Peak(frame: i, position: refined(values, i), value: values[i]))
    }
    return peaks
  }

  /// The vertex of the parabola through a peak and its neighbours, at most half a frame away.
  private static func refined(_ values: [Float], _ i: Int) -> Double {
    guard i > 0, i + 1 < values.count else { return Double(i) }
    let (a, b, c) = (Double(values[i - 1]), Double(values[i]), Double(values[i + 1]))
    let curvature = a - 2 * b + c
    guard curvature < 0 else { return Double(i) }
    return Double(i) + min(0.5, max(-0.5, (a - c) / (2 * curvature)))
  }

  /// Of peaks closer than `spacing` frames the strongest stays.
  static func thinned(_ peaks: [Peak], spacing: Double) -> [Peak] {
    var keep = [Bool](repeating: true, count: peaks.count)
    let order = peaks.indices.sorted { (peaks[$0].value, $1) > (peaks[$1].value, $0) }
    for i in order where keep[i] {
      var j = i - 1
      while j >= 0, peaks[i].position - peaks[j].position < spacing {
        keep[j] = false
        j -= 1
      }
      j = i + 1
      while j < peaks.count, peaks[j].position - peaks[i].position < spacing {
        keep[j] = false
        j += 1
      }
    }
    return peaks.indices.filter { keep[$0] }.map { peaks[$0] }
  }
}
