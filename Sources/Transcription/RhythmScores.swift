#if canImport(Glibc)
  private import Glibc
#endif

/// How well a drum hit fits at each place of a beat, for each beat period and each lane.
///
/// The patterns' densities, widened by the timing noise of players and of onset detection, as
/// natural logarithms: what one hit adds to a hypothesis.
struct RhythmScores {
  /// Beat periods in frames of 10 ms: 215...55 BPM.
  static let shortest = 28
  static let longest = 109
  static let periods = longest - shortest + 1
  static let framesPerSecond = 100.0
  /// Places within a beat at which the scores are tabulated.
  static let places = 72

  /// Standard deviation of a hit's time around its place, in frames.
  private static let spread = 1.1
  /// Share of hits that keep no pattern at all: ornaments, false detections.
  private static let stray = 0.06

  /// `(periods, classes, places)` groups of `BarLanes.vectors`.
  let values: [SIMD8<Float>]

  static let shared = RhythmScores()

  static func index(period: Int, drum: RhythmClass, place: Int) -> Int {
    ((period * RhythmClass.allCases.count + drum.rawValue) * places + place) * BarLanes.vectors
  }

  private init() {
    var values = [SIMD8<Float>](
      repeating: SIMD8(repeating: 0),
      count: Self.periods * RhythmClass.allCases.count * Self.places * BarLanes.vectors)
    let step = Self.places / RhythmPattern.places
    for period in 0..<Self.periods {
      let width = Self.spread / Double(Self.shortest + period) * Double(Self.places)
      let reach = Int((3 * width).rounded(.up))
      let kernel = (-reach...reach).map { exp(-0.5 * Double($0 * $0) / (width * width)) }
      let total = kernel.reduce(0, +)
      for (p, pattern) in RhythmPattern.all.enumerated() {
        let count = pattern.beats * Self.places
        for drum in RhythmClass.allCases {
          let densities = pattern.densities[drum.rawValue]
          let mean = densities.reduce(0, +) / Double(densities.count)
          var spread = [Double](repeating: 0, count: count)
          for (b, density) in densities.enumerated() {
            for (k, weight) in kernel.enumerated() {
              let at = (b * step + k - reach + count) % count
              spread[at] += density / mean * weight / total * Double(step)
            }
          }
          for (place, density) in spread.enumerated() {
            let lane = BarLanes.first[p] + place / Self.places
            let at = Self.index(period: period, drum: drum, place: place % Self.places) + lane / 8
            values[at][lane % 8] = Float(log((1 - Self.stray) * density + Self.stray))
          }
        }
      }
    }
    self.values = values
  }
}
