#if canImport(Glibc)
  private import Glibc
#endif

/// The even pulse on which most hits of a song stand: the strongest component of the hits, as
/// impulses in time, near a frequency that is roughly known.
struct HitPulse {
  /// Pulses of a beat.
  let parts: Int
  /// Seconds from pulse to pulse, and of one of them.
  let length: Double
  let time: Double
  /// How much the hits agree, 0...1.
  let strength: Double

  /// Seconds from beat to beat.
  var beat: Double { length * Double(parts) }

  /// How far from the rough tempo the pulse may be, as a share.
  private static let search = 0.015
  /// Steps of the frequency in which a pulse's phase at the end of the song changes by a cycle.
  private static let steps = 10.0

  /// - Parameters:
  ///   - hits: Seconds, ascending; at least one.
  ///   - rough: Seconds from beat to beat.
  init(of hits: [Double], near rough: Double, parts: Int) {
    let span = max(1, hits[hits.count - 1] - hits[0])
    let middle = hits[hits.count / 2]
    let centre = Double(parts) / rough
    let lowest = centre * (1 - Self.search)
    let step = 1 / (Self.steps * span)
    // Each hit turns on by the same angle from one frequency to the next.
    func turned(_ frequency: Double) -> [SIMD2<Double>] {
      hits.map {
        let angle = 2 * Double.pi * frequency * ($0 - middle)
        return SIMD2(cos(angle), sin(angle))
      }
    }
    var pointers = turned(lowest)
    let turns = turned(step)
    var best = (frequency: centre, strength: -1.0, angle: 0.0)
    for index in 0...Int(2 * Self.search * centre / step) {
      var sum = SIMD2<Double>()
      for i in hits.indices {
        let (at, turn) = (pointers[i], turns[i])
        sum += at
        pointers[i] = SIMD2(at.x * turn.x - at.y * turn.y, at.x * turn.y + at.y * turn.x)
      }
      let strength = hypot(sum.x, sum.y) / Double(hits.count)
      if strength > best.strength {
        best = (lowest + Double(index) * step, strength, atan2(sum.y, sum.x))
      }
    }
    self.parts = parts
    length = 1 / best.frequency
    time = middle + best.angle / (2 * .pi * best.frequency)
    strength = best.strength
  }
}
