import TensorCore

/// A matrix product: rows, outputs, and what is summed over.
struct ProductShape {
  let name: String
  let m: Int
  let n: Int
  let k: Int

  init(_ name: String, _ m: Int, _ n: Int, _ k: Int) {
    (self.name, self.m, self.n, self.k) = (name, m, n, k)
  }

  var size: String { "\(m) x \(n) x \(k)" }

  /// A multiplication and an addition are two.
  var operations: Double { 2 * Double(m) * Double(n) * Double(k) }

  /// What the networks multiply for ten seconds of audio, and squares.
  static let all = [
    ProductShape("ast-base qkv", 504, 2_304, 768),
    ProductShape("ast-base out", 504, 768, 768),
    ProductShape("ast-base hidden in", 504, 3_072, 768),
    ProductShape("ast-base hidden out", 504, 768, 3_072),
    ProductShape("ast-base scores", 504, 504, 96),
    ProductShape("hybrid-medium qkv", 500, 768, 256),
    ProductShape("hybrid-medium hidden in", 500, 1_024, 256),
    ProductShape("hybrid-small fold", 500, 192, 1_024),
    ProductShape("hybrid-small qkv", 500, 576, 192),
    ProductShape("hybrid-small hidden out", 500, 192, 768),
    ProductShape("hybrid-small stem 2", 32_000, 32, 216),
    ProductShape("hybrid-small stem 4", 8_000, 64, 432),
    ProductShape("square", 512, 512, 512),
    ProductShape("square", 1_024, 1_024, 1_024),
    ProductShape("square", 2_048, 2_048, 2_048),
  ]

  /// Normally distributed values.
  static func values(_ count: Int, deviation: Double = 1, seed: UInt64 = 1) -> [Float] {
    var random = Random(seed: seed)
    return (0..<count).map { _ in Float(random.normal() * deviation) }
  }
}
