internal import DrumNet

#if canImport(Glibc)
  private import Glibc
#endif

/// What the rest of a song says of a peak: drummers repeat themselves.
///
/// For each peak the places are looked up whose surroundings sound most like its own, the instant
/// itself left out. What the network heard at that instant there speaks for or against the peak
/// (decision 0079): non-local means (Buades, Coll and Morel 2005) for activations.
struct Repetition {
  /// Activations below this are no peaks, whatever is heard elsewhere.
  static let floor = 0.08

  /// What the log odds elsewhere, measured from the threshold, weigh where the places are the same.
  private static let weight = 1.3
  /// Added to these log odds: a peak that is not quite repeated is still a peak.
  private static let lean = 0.5
  /// They are cut here: what is certain of itself needs nothing beside it.
  private static let limit = 1.5
  /// The most alike places that are asked, and how fast their say falls with their likeness.
  private static let places = 16
  private static let falloff: Float = 0.1
  /// Strokes around a peak that make its surroundings worth comparing; fewer count in proportion.
  private static let telling = 6.0
  /// Frames to each side in which the largest activation of a place is taken.
  private static let slack = 2

  private let activations: Activations
  private let song: Surroundings

  init(_ activations: Activations) {
    self.activations = activations
    song = Surroundings(of: activations)
  }

  /// The peaks, each with the activation that it has in the light of the others. What is quietest
  /// may fall below the class's threshold, what was below it may rise.
  func judged(_ peaks: [PeakPicking.Candidate]) -> [PeakPicking.Candidate] {
    var result = peaks
    let strokes = song.count(peaks.filter { $0.value >= $0.threshold }.map(\.frame))
    let byRow = Dictionary(grouping: peaks.indices) { song.row(ofFrame: peaks[$0].frame) }
    song.compare(byRow.keys.sorted()) { row, likeness, first in
      let alike = Self.mostAlike(likeness, to: row - first)
      guard let best = alike.first?.likeness else { return }
      let shares = alike.map { exp(($0.likeness - best) / Self.falloff) }
      let all = shares.reduce(0, +)
      let likeness = Double(zip(shares, alike).reduce(0) { $0 + $1.0 * $1.1.likeness } / all)
      // Half alike are any two places where drums play.
      let trust = max(0, 2 * likeness - 1) * min(1, Double(strokes[row]) / Self.telling)
      for i in byRow[row] ?? [] {
        let column = OutputLayout.onset(peaks[i].onset.drum)
        let elsewhere = zip(shares, alike).reduce(Float(0)) {
          $0 + $1.0 * largest(column, around: song.frame(ofRow: first + $1.1.row))
        }
        let evidence =
          Self.odds(Double(elsewhere / all)) - Self.odds(peaks[i].threshold) + Self.lean
        let weighed = Self.weight * trust * min(Self.limit, max(-Self.limit, evidence))
        result[i].value = 1 / (1 + exp(-Self.odds(peaks[i].value) - weighed))
      }
    }
    return result
  }

  private func largest(_ column: Int, around frame: Int) -> Float {
    var value: Float = 0
    for near in max(0, frame - Self.slack)...min(activations.frames - 1, frame + Self.slack) {
      value = max(value, activations.values[near * OutputLayout.count + column])
    }
    return value
  }

  private static func odds(_ probability: Double) -> Double {
    logOdds(probability, margin: 1e-3)
  }

  /// The rows that are more like the one than those around them, the most alike first.
  private static func mostAlike(
    _ likeness: Span<Float>, to row: Int
  ) -> [(row: Int, likeness: Float)] {
    var found: [(row: Int, likeness: Float)] = []
    var least: Float = 0
    for i in likeness.indices where likeness[i] > least {
      let value = likeness[i]
      guard abs(i - row) > Surroundings.ownRows, isPeak(likeness, i, Surroundings.samePlace)
      else { continue }
      let place = found.firstIndex { $0.likeness < value } ?? found.count
      found.insert((i, value), at: place)
      if found.count > places { found.removeLast() }
      if found.count == places { least = found[places - 1].likeness }
    }
    return found
  }

  private static func isPeak(_ values: Span<Float>, _ i: Int, _ reach: Int) -> Bool {
    for j in max(0, i - reach)..<i where values[j] >= values[i] { return false }
    for j in i + 1..<max(i + 1, min(values.count, i + reach + 1)) where values[j] > values[i] {
      return false
    }
    return true
  }
}
