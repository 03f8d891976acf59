internal import Glibc

/// The learning rate over a run: linear warm-up, then half a cosine (Loshchilov & Hutter 2017).
package struct Schedule: Codable, Hashable, Sendable {
  package var peak: Double
  package var warmUpSteps: Int
  package var totalSteps: Int
  /// The last step's rate as a share of the peak.
  package var floor: Double

  package init(peak: Double, warmUpSteps: Int, totalSteps: Int, floor: Double = 0.01) {
    self.peak = peak
    self.warmUpSteps = warmUpSteps
    self.totalSteps = totalSteps
    self.floor = floor
  }

  /// The same shape over a share of the steps.
  package func shortened(to share: Double) -> Schedule {
    var schedule = self
    schedule.totalSteps = max(1, Int((Double(totalSteps) * share).rounded()))
    schedule.warmUpSteps = Int((Double(warmUpSteps) * share).rounded())
    return schedule
  }

  /// The rate of step `step`, counted from 0; after the last step it stays at the floor.
  package func rate(at step: Int) -> Double {
    if step < warmUpSteps { return peak * Double(step + 1) / Double(warmUpSteps) }
    let span = Double(max(1, totalSteps - warmUpSteps))
    let progress = min(1, Double(step - warmUpSteps) / span)
    return peak * (floor + (1 - floor) * 0.5 * (1 + cos(.pi * progress)))
  }
}
