/// Some beats of a song, to be held against a click.
struct ClickWindow {
  /// Seconds, ascending.
  var hits: [Double] = []
  var beats: [Double] = []

  /// Parts of a beat that hits stand on.
  static let parts = [4, 3]
  /// Hits that tell something.
  private static let fewest = 6
  /// A hit this near to the grid is on it, seconds; drummers play around a click, so that the beats
  /// that were tracked may be farther from it.
  private static let near = 0.015
  private static let loose = 0.025
  /// The share of the hits, or beats, that are on the grid, and how far from it they are together, in
  /// seconds, where the grid is theirs.
  private static let share = 0.85
  private static let early = 0.006

  /// How far a tracked beat's length may be from the click's, its half or its double, as a share.
  private static let stretch = 0.06

  /// Windows of `length` seconds from second 0 on.
  static func cut(hits: [Double], beats: [Double], length: Double) -> [ClickWindow] {
    let last = max(hits.last ?? 0, beats.last ?? 0)
    var windows = [ClickWindow](repeating: ClickWindow(), count: Int(last / length) + 1)
    for time in hits where time >= 0 { windows[Int(time / length)].hits.append(time) }
    for time in beats where time >= 0 { windows[Int(time / length)].beats.append(time) }
    return windows
  }

  /// Whether the hits stand on the grid of a click, or at least the beats on its beats, and these are
  /// as long, half or twice as long; `nil` where there are too few to tell.
  func fits(period: Double, phase: Double) -> Bool? {
    guard hits.count >= Self.fewest else { return nil }
    func stand(_ times: [Double], _ parts: Int, _ near: Double) -> Bool {
      let place = period / Double(parts)
      let errors = times.map { time in
        let places = (time - phase) / place
        return (places - places.rounded()) * place
      }.filter { abs($0) <= min(near, place / 5) }
      return Double(errors.count) >= Self.share * Double(times.count)
        && abs(errors.reduce(0, +)) <= Self.early * Double(errors.count)
    }
    let lengths = zip(beats, beats.dropFirst()).map { ($1 - $0) / period }
    let kin = lengths.count { length in
      [0.5, 1, 2].contains { abs(length / $0 - 1) < Self.stretch }
    }
    guard 2 * kin >= lengths.count else { return false }
    return Self.parts.contains { stand(hits, $0, Self.near) }
      || (beats.count > 2 && stand(beats, 1, Self.loose))
  }
}
