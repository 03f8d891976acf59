/// The drum part of a `.mid` chart, as Rock Band laid it out and Clone Hero and YARG read it.
package enum ChartMIDI {
  static let drumTrack = "PART DRUMS"
  static let eventTrack = "EVENTS"
  static let dynamicsSwitch = "ENABLE_CHART_DYNAMICS"

  /// Notes of `PART DRUMS`.
  enum Note {
    /// The kick of each tier; red, yellow, blue, green and fifth-lane green follow it.
    static func kick(_ tier: Difficulty) -> Int { 60 + 12 * tier.rawValue }
    static let secondKick = 95
    static let solo = 103
    /// Yellow; blue and green follow. While held, the pad is a tom and not a cymbal.
    static let yellowTom = 110
    static let starPower = 116
    /// The first of five notes that are always written together.
    static let fill = 120
    static let fillCount = 5
    static let singleRoll = 126
    static let doubleRoll = 127
    /// Velocities at which a roll counts for Hard too.
    static let hardRollVelocity = 41...50
  }

  enum Velocity {
    static let ghost: UInt8 = 1
    static let normal: UInt8 = 100
    static let accent: UInt8 = 127
  }
}
