/// Bounds on what a chart file may claim, so that a broken or hostile file ends in a sentence
/// instead of in hours of bar lines. All lie far outside real charts.
enum ChartLimits {
  /// Ticks per quarter note. Real files have 192 or 480; 960 occurs in MIDI files.
  static let resolution = 24...100_000
  /// 1 to 100,000 BPM; editors write absurd tempos as stops and skips.
  static let milliBPM = 1_000...100_000_000
  static let beatsInBar = 1...64
  /// 1/64 at the finest: at the lowest resolution such a beat still has a whole tick.
  static let unitExponent = 0...6
  /// Whole notes; at 250 BPM this is more than 13 hours.
  static let wholeNotes = 50_000

  static func lastTick(resolution: Int) -> Int { wholeNotes * 4 * resolution }
}
