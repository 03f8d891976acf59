internal import DrumNet
internal import TensorCore

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
    let p = min(1 - 1e-3, max(1e-3, probability))
    return log(p / (1 - p))
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

/// The activations around every instant of a song, comparable with each other.
struct Surroundings {
  /// Frames of a row. Rows are what is compared.
  private static let framesPerRow = 2
  /// Rows to each side of a place that are compared, every other one: 0.08 to 0.6 s. What is nearer
  /// belongs to the hit itself.
  private static let sides = [-30 ... -4, 4...30]
  private static let offsets = sides.flatMap {
    stride(from: $0.lowerBound, through: $0.upperBound, by: 2)
  }
  private static let classes = DrumClass.allCases.count
  /// Rows to each side that are no other place than a peak's own, and within which two places are
  /// one.
  static let ownRows = 13
  static let samePlace = 3
  /// Rows that are looked up together, and how far to each side of them places are looked for: time
  /// and memory grow with the song, not with its square.
  private static let blockRows = 3_000
  private static let reachRows = 4_500
  /// Peaks that are compared in one product.
  private static let batch = 64

  private let rows: Int
  /// `(rows, classes)`: onsets smoothed over 50 ms, every class as loud as the song is busy with it.
  private let smooth: [Float]

  init(of activations: Activations) {
    rows = (activations.frames + Self.framesPerRow - 1) / Self.framesPerRow
    let kernel: [Float] = [0.15, 0.35, 0.5, 0.35, 0.15]
    var smooth = [Float](repeating: 0, count: rows * Self.classes)
    var energy = [Float](repeating: 0, count: Self.classes)
    for row in 0..<rows {
      for (tap, share) in kernel.enumerated() {
        let frame = row * Self.framesPerRow + tap - 2
        guard frame >= 0, frame < activations.frames else { continue }
        for drum in 0..<Self.classes {
          smooth[row * Self.classes + drum] +=
            share * activations.values[frame * OutputLayout.count + drum]
        }
      }
      for drum in 0..<Self.classes {
        let value = smooth[row * Self.classes + drum]
        energy[drum] += value * value / Float(rows)
      }
    }
    // A drum that is hardly played tells little, however loud it is made.
    let scales = energy.map { 1 / ($0 + 1e-4).squareRoot() }
    let most = 3 * (scales.min() ?? 0)
    for i in smooth.indices { smooth[i] *= min(most, scales[i % Self.classes]) }
    self.smooth = smooth
  }

  /// How many of the frames lie around each row, within what is compared.
  func count(_ frames: [Int]) -> [Int] {
    var before = [Int](repeating: 0, count: rows + 1)
    for frame in frames { before[row(ofFrame: frame) + 1] += 1 }
    for row in 0..<rows { before[row + 1] += before[row] }
    func between(_ first: Int, _ last: Int) -> Int {
      before[min(rows, max(0, last + 1))] - before[min(rows, max(0, first))]
    }
    return (0..<rows).map { row in
      Self.sides.reduce(0) { $0 + between(row + $1.lowerBound, row + $1.upperBound) }
    }
  }

  func row(ofFrame frame: Int) -> Int { frame / Self.framesPerRow }
  func frame(ofRow row: Int) -> Int { row * Self.framesPerRow }

  /// Calls `body` for each of the rows, ascending, with its likeness (cosine) to every row from the
  /// given first one on, as far as places are looked for.
  func compare(
    _ wanted: [Int], _ body: (_ row: Int, _ likeness: Span<Float>, _ first: Int) -> Void
  ) {
    var start = 0
    while start < wanted.count {
      let block = wanted[start] / Self.blockRows
      let end = wanted[start...].firstIndex { $0 / Self.blockRows != block } ?? wanted.count
      let first = max(0, block * Self.blockRows - Self.reachRows)
      let last = min(rows, (block + 1) * Self.blockRows + Self.reachRows)
      let all = vectors(first..<last)
      for batch in stride(from: start, to: end, by: Self.batch) {
        let some = wanted[batch..<min(end, batch + Self.batch)]
        let values = likeness(of: some.map { $0 - first }, to: all, rows: last - first)
        for (i, row) in some.enumerated() {
          let columns = i * (last - first)..<(i + 1) * (last - first)
          body(row, values.span.extracting(columns), first)
        }
      }
      start = end
    }
  }

  /// `(some, rows)`.
  private func likeness(of some: [Int], to all: [Float], rows: Int) -> [Float] {
    let width = Self.offsets.count * Self.classes
    let own = some.flatMap { all[$0 * width..<($0 + 1) * width] }
    return unsafe [Float](unsafeUninitializedCapacity: some.count * rows) { result, count in
      count = some.count * rows
      guard let result = result.baseAddress else { return }
      unsafe own.withUnsafeBufferPointer { own in
        unsafe all.withUnsafeBufferPointer { all in
          guard let own = own.baseAddress, let all = all.baseAddress else { return }
          unsafe BLAS.product(
            false, true, some.count, rows, width, own, width, all, width, result, rows)
        }
      }
    }
  }

  /// What surrounds each of the rows, of length 1: `(rows, offsets, classes)`.
  private func vectors(_ range: Range<Int>) -> [Float] {
    let width = Self.offsets.count * Self.classes
    var result = [Float](repeating: 0, count: range.count * width)
    for row in range {
      let at = (row - range.lowerBound) * width
      var energy: Float = 0
      for (k, offset) in Self.offsets.enumerated() {
        let from = row + offset
        guard from >= 0, from < rows else { continue }
        for drum in 0..<Self.classes {
          let value = smooth[from * Self.classes + drum]
          result[at + k * Self.classes + drum] = value
          energy += value * value
        }
      }
      let scale = 1 / (energy.squareRoot() + 0.01)
      for i in at..<at + width { result[i] *= scale }
    }
    return result
  }
}
