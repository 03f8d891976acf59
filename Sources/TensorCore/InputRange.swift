internal import CKernels

/// Between which values everything lay that a matrix was multiplied by.
final class InputRange {
  private(set) var range: ClosedRange<Float> = 0...0

  func see(_ x: Tensor) {
    var (low, high): (Float, Float) = (0, 0)
    unsafe ck_extremes(&low, &high, x.data, x.count)
    range = min(range.lowerBound, low)...max(range.upperBound, high)
  }
}

extension Parameters {
  /// What each matrix is multiplied by while `body` runs inference, by the matrix's name; always
  /// with zero.
  package func inputRanges(while body: () throws -> Void) rethrows -> [String: ClosedRange<Float>] {
    let matrices = all.filter { $0.role == .matrix }
    for parameter in matrices { parameter.tensor.seen = InputRange() }
    defer { for parameter in matrices { parameter.tensor.seen = nil } }
    try body()
    let ranges = matrices.compactMap { parameter in
      parameter.tensor.seen.map { (parameter.name, $0.range) }
    }
    return Dictionary(ranges, uniquingKeysWith: { first, _ in first })
  }
}
