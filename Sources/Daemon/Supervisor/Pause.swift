/// How long nothing is started after the world stood in the way: 5 s, then twice as long each time,
/// up to a quarter of an hour, give or take a tenth.
package struct Pause: Sendable {
  package private(set) var reason: String
  /// Monotonic time, s.
  package private(set) var until: Double
  private var delay: Double

  package static let longest = 900.0

  package init(reason: String, first: Double, at now: Double) {
    self.reason = reason
    delay = first
    until = now
    until = now + jittered()
  }

  package mutating func extend(reason: String, at now: Double) {
    self.reason = reason
    delay = min(delay * 2, Self.longest)
    until = now + jittered()
  }

  /// Whether this is another trouble than the one that it began with: what comes before the last
  /// colon may name a file of random name.
  func isNew(_ other: String) -> Bool { Self.cause(reason) != Self.cause(other) }

  private static func cause(_ reason: String) -> Substring {
    reason.split(separator: ":").last ?? ""
  }

  private func jittered() -> Double { delay * Double.random(in: 0.9...1.1) }
}
