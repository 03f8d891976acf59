#if canImport(Glibc)
  private import Glibc
#endif

/// The logarithm of the odds of a probability: what a network says before the sigmoid.
///
/// - Parameter margin: Probabilities nearer to 0 or 1 than this count as that far from it.
package func logOdds(_ probability: Double, margin: Double = 1e-6) -> Double {
  let p = min(1 - margin, max(margin, probability))
  return log(p / (1 - p))
}
