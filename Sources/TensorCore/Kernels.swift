internal import CKernels

/// The C loops of CKernels over whole tensors, spread over the cores.
enum Kernels {
  /// 128 KiB of values: a piece stays in a core's cache between reading and writing it.
  static let piece = 32_768

  typealias Unary = (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
  typealias Binary = (
    UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Int
  ) -> Void

  static func map(_ y: Tensor, _ x: Tensor, _ loop: Unary) {
    let (to, from) = unsafe (y.data, x.data)
    Parallel.forEachPiece(of: y.count, size: piece) {
      unsafe loop(to + $0.lowerBound, from + $0.lowerBound, $0.count)
    }
  }

  static func map(_ y: Tensor, _ a: Tensor, _ b: Tensor, _ loop: Binary) {
    let (to, first, second) = unsafe (y.data, a.data, b.data)
    Parallel.forEachPiece(of: y.count, size: piece) {
      let at = $0.lowerBound
      unsafe loop(to + at, first + at, second + at, $0.count)
    }
  }

  static func add(_ y: Tensor, _ a: Tensor, _ b: Tensor) { unsafe map(y, a, b, ck_add) }

  /// y (columns) = the sum over the rows of x (rows, columns), in their order.
  static func columnSums(_ y: Tensor, of x: Tensor, rows: Int) {
    let (to, from, columns) = unsafe (y.data, x.data, y.count)
    precondition(x.count == rows * columns)
    unsafe ck_column_sums(to, from, rows, columns)
  }

  static func allFinite(_ x: Tensor) -> Bool { unsafe ck_all_finite(x.data, x.count) != 0 }
}
