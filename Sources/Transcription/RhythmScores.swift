internal import CLattice

#if canImport(Glibc)
  private import Glibc
#endif

/// How well an event fits at each place of a beat, for each beat period and each lane: the weights
/// widened by the timing noise of players and of onset detection.
package struct RhythmScores: Sendable {
  /// Places within a beat at which the scores are tabulated: three for each that the weights know.
  package static let places = 72
  private static let subplaces = places / RhythmWeights.places
  /// A beat stands on a whole frame, up to half a frame beside the music's: hits as far from their
  /// place count as on it. (Else 120 BPM, whose eighths are 12.5 frames, is tracked on whichever of
  /// beats and off-beats happens to lie nearer to whole frames.)
  private static let flat = 0.5
  /// Standard deviation of a hit's time beyond that, in frames.
  private static let spread = 0.5
  /// Share of events that keep no pattern at all: ornaments, false detections.
  package static let stray = 0.06

  package let weights: RhythmWeights
  /// `(periods, kinds of event, places, BarLanes.width)`.
  let values: [Float]

  package static let shipped = RhythmScores(.shipped)

  package func value(period: Int, kind: Int, place: Int, lane: Int) -> Float {
    values[Self.index(period: period, kind: kind, place: place) + lane]
  }

  private static func index(period: Int, kind: Int, place: Int) -> Int {
    ((period * RhythmEvent.Kind.count + kind) * places + place) * BarLanes.width
  }

  /// The place of an event in a beat, rounded to the nearest, also below zero.
  package static func place(of time: Float, in frame: Int, scale: Float) -> Int {
    Int((time - Float(frame)) * scale + 16.5) - 16
  }

  /// The lane of a place counted in 24ths from the start of a bar.
  package static func lane(kind: Int, at place: Int) -> Int {
    let beat = place / RhythmWeights.places
    return beat < BarKind.all[kind].beats ? BarLanes.first[kind] + beat : BarLanes.last[kind]
  }

  /// Tabulated places in a bar.
  package static func barPlaces(_ kind: BarKind) -> Int {
    kind.beats * places + (kind.hasHalf ? places / 2 : 0)
  }

  /// Bell-shaped weights of the places around one, `-reach...reach`, which spread one 24th over the
  /// places.
  package static func kernel(period: Int) -> (reach: Int, weights: [Float]) {
    let frame = Double(places) / Double(RhythmWeights.shortest + period)
    let width = spread * frame
    let reach = Int((3 * width + flat * frame).rounded(.up))
    let kernel = (-reach...reach).map { place in
      let distance = max(0, abs(Double(place)) - flat * frame)
      return exp(-0.5 * distance * distance / (width * width))
    }
    let total = kernel.reduce(0, +) / Double(subplaces)
    return (reach, kernel.map { Float($0 / total) })
  }

  package init(_ weights: RhythmWeights) {
    self.weights = weights
    let kinds = RhythmEvent.Kind.count
    var values = [Float](
      repeating: 0, count: RhythmWeights.periods * kinds * Self.places * BarLanes.width)
    let kernels = (0..<RhythmWeights.periods).map { Self.kernel(period: $0) }
    for (k, bar) in BarKind.all.enumerated() {
      let count = Self.barPlaces(bar)
      var row = [Float](repeating: 0, count: count)
      for kind in 0..<kinds {
        let densities = (0..<count / Self.subplaces).map { place in
          let lane = Self.lane(kind: k, at: place)
          let at = RhythmWeights.index(lane: lane, kind: kind, place: place % RhythmWeights.places)
          return Float(exp(weights.fit[at]))
        }
        for (period, kernel) in kernels.enumerated() {
          unsafe cl_widen(
            &row, Int32(count), densities, Int32(Self.subplaces), kernel.weights,
            Int32(kernel.reach), Float(Self.stray))
          for place in 0..<count {
            let lane = Self.lane(kind: k, at: place / Self.subplaces)
            values[Self.index(period: period, kind: kind, place: place % Self.places) + lane] =
              row[place]
          }
        }
      }
    }
    self.values = values
  }
}
