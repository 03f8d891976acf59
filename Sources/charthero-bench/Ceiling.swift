import Benchmarks
import TensorCore

/// What this machine can reach in matrix products: the best rate of the libraries installed.
enum Ceiling {
  /// Billions of operations a second of one thread.
  static func ofOneThread(rounds: Int) -> [Precision: Double] {
    var rates: [Precision: Double] = [:]
    let size = 1_024
    let operations = 2 * Double(size * size * size)
    for entry in Libraries().entries {
      let bytes = size * size * entry.precision.bytes
      let (a, b, c) = (Memory(bytes: bytes), Memory(bytes: bytes), Memory(bytes: size * size * 4))
      for _ in 0..<max(3, rounds) {
        let cost = Cost.of { entry.product(size, size, size, a.address, b.address, c.address) }
        rates[entry.precision] = max(rates[entry.precision] ?? 0, operations / cost.cpu / 1e9)
      }
    }
    return rates
  }
}
