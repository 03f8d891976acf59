import DrumNet
import Foundation
import Spectral
import TensorCore

/// All that a machine has for one run: precision, memory for speed, and batches as large as they pay,
/// found by timing steps of the run's own network.
package struct HighPerformance {
  package let settings: FitSettings
  /// What was chosen and why, one sentence each.
  package private(set) var reasons: [String] = []

  /// What a change has to gain to be worth it: less than this is lost in the noise of timing.
  private static let gain = 1.03
  /// How many times more windows a step may hear than the settings ask for: beyond it, fewer steps
  /// learn less from as many windows.
  private static let largestStep = 4
  /// Timed steps of each kind; the median counts.
  private static let repetitions = 3

  /// The share of free memory that a run may take where nothing limits it.
  package static let memoryShare = 0.9

  /// - Parameters:
  ///   - limit: bytes that the run may take.
  ///   - resident: bytes that it takes before its first step.
  /// - Throws: ``TrainingError`` where not even one window fits.
  package init(
    _ settings: FitSettings, on machine: Machine, limit: Int, resident: Int
  ) throws {
    var chosen = settings
    chosen.optimisation.mixedPrecision = Self.isFasterMixed(settings, machine, &reasons)
    BFloat16.isUsed = chosen.optimisation.mixedPrecision
    var plan = MemoryPlan(chosen, limit: limit)
    if settings.optimisation.recompute {
      var kept = chosen
      kept.optimisation.recompute = false
      let roomier = MemoryPlan(kept, limit: limit)
      if let fitted = try? roomier.fitted(kept, resident: resident),
        fitted.optimisation.batch == kept.optimisation.batch
      {
        (chosen, plan) = (kept, roomier)
        reasons.append("Nothing is computed twice: memory holds a whole step.")
      }
    }
    chosen = try plan.fitted(chosen, resident: resident)
    self.settings = try Self.enlarged(
      chosen, most: plan.mostWindows(beside: chosen, resident: resident), plan, &reasons)
  }

  /// Whether steps are faster with products in bfloat16.
  private static func isFasterMixed(
    _ settings: FitSettings, _ machine: Machine, _ reasons: inout [String]
  ) -> Bool {
    guard machine.hasBFloat16 else {
      reasons.append(
        "Products are computed in float32: bfloat16 needs AVX-512 BF16 and oneDNN.")
      return false
    }
    let before = BFloat16.isUsed
    defer { BFloat16.isUsed = before }
    let windows = min(settings.optimisation.batch, 4)
    BFloat16.isUsed = false
    let single = secondsPerWindow(settings, windows: windows)
    BFloat16.isUsed = true
    let mixed = secondsPerWindow(settings, windows: windows)
    let isFaster = mixed * gain < single
    reasons.append(
      "Products are computed in \(isFaster ? "bfloat16" : "float32"): a window takes "
        + "\(milliseconds(mixed)) in bfloat16 and \(milliseconds(single)) in float32.")
    return isFaster
  }

  /// Batches twice as large as long as that is faster and fits.
  private static func enlarged(
    _ settings: FitSettings, most: Int, _ plan: MemoryPlan, _ reasons: inout [String]
  ) throws -> FitSettings {
    let asked = settings.optimisation.batch * settings.optimisation.accumulation
    var batch = settings.optimisation.batch
    var best = secondsPerWindow(settings, windows: batch)
    while 2 * batch <= min(most, largestStep * asked) {
      let next = secondsPerWindow(settings, windows: 2 * batch)
      guard next * gain < best else { break }
      (batch, best) = (2 * batch, next)
    }
    let chosen = settings.stepping(by: batch)
    let total = batch * chosen.optimisation.accumulation
    var sentence =
      "Batches of \(batch), \(chosen.optimisation.accumulation) to a step: "
      + "\(milliseconds(best)) a window, and at most \(most) fit into "
      + "\(MemoryPlan.gigabytes(plan.limit))."
    if total > asked {
      sentence +=
        " A step hears \(total) windows instead of \(asked), so there are fewer steps, at a rate "
        + "higher by the square root."
    }
    reasons.append(sentence)
    return chosen
  }

  /// The median over a few steps of the network on empty windows.
  private static func secondsPerWindow(_ settings: FitSettings, windows: Int) -> Double {
    let network = settings.network.makeNetwork(bins: settings.mel.bins, seed: 1)
    // The first one asks the system for memory.
    let times = (0...repetitions).map { _ in
      let start = ContinuousClock.now
      let tape = Tape(recomputes: settings.optimisation.recompute)
      tape.backward(from: TrainingLoss.ofSilence(network, windows: windows, settings, tape))
      network.parameters.clearGradients()
      return (ContinuousClock.now - start) / .seconds(1) / Double(windows)
    }.dropFirst().sorted()
    return times[times.count / 2 + times.startIndex]
  }

  private static func milliseconds(_ seconds: Double) -> String {
    fixed(1_000 * seconds, 1) + " ms"
  }
}

extension FitSettings {
  /// The same windows in batches of another size. A step hears as many as before, or where one batch
  /// is more than that, one batch; then there are fewer steps, and the rate grows with the square
  /// root, which is Adam's way (Malladi et al. 2022).
  func stepping(by batch: Int) -> FitSettings {
    var settings = self
    let asked = optimisation.batch * optimisation.accumulation
    settings.optimisation.batch = batch
    settings.optimisation.accumulation = max(1, asked / batch)
    let factor = Double(batch * settings.optimisation.accumulation) / Double(asked)
    settings.optimisation.schedule = optimisation.schedule.shortened(to: 1 / factor)
    settings.optimisation.schedule.peak *= factor.squareRoot()
    return settings
  }
}
