internal import DrumNet
internal import TensorCore

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
