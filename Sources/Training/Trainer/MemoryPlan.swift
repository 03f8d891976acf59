import DrumNet
import Foundation
import Spectral
import TensorCore

/// How much of a limit each part of a run may take, and the batch that fits: found by measuring a
/// step of one window and one of two, not by a formula that would have to know the network.
package struct MemoryPlan: Sendable {
  /// Bytes.
  package let limit: Int
  /// Of a step whatever its batch, and of each window more.
  package let fixed: Int
  package let window: Int

  /// Share of the limit that rendered accompaniment may take.
  private static let accompanimentShare = 0.25
  /// Share that stays free for what is not counted: fragments, stacks, the renderer's scratch.
  private static let reserve = 0.1

  /// Fewer rendered accompaniments where they would take more than their share of `limit` bytes.
  package static func fitted(_ data: StreamSettings, to limit: Int) -> StreamSettings {
    var data = data
    let each = data.accompanimentSeconds * 44_100 * 2
    let most = Int(Double(limit) * accompanimentShare / each)
    data.accompaniments = max(1, min(data.accompaniments, most))
    return data
  }

  /// Measures steps of a network of these settings.
  package init(_ settings: FitSettings, limit: Int) {
    self.limit = limit
    TensorMemory.keep(atMost: 0)
    let network = settings.network.makeNetwork(bins: settings.mel.bins, seed: 1)
    // Where they cannot be read, the run will say so.
    let teachers = settings.distillation.flatMap { try? Teachers($0, mel: settings.mel) }
    func peak(_ windows: Int) -> Int {
      TensorMemory.peak {
        teachers?.listen(windows: windows, frames: settings.frames)
        let tape = Tape(recomputes: settings.optimisation.recompute)
        tape.backward(from: TrainingLoss.ofSilence(network, windows: windows, settings, tape))
        network.parameters.clearGradients()
      }
    }
    _ = peak(1)
    let (one, two) = (peak(1), peak(2))
    // A batch also lies rendered in memory three times, ahead of its step.
    let rendered = 4 * settings.frames * (settings.mel.bins + 2 * OutputLayout.count) * 4
    window = max(1, two - one) + rendered
    // The optimiser's two means, the average, and a checkpoint of the four in the making.
    let weights = 4 * network.parameters.count
    fixed = max(0, one - (two - one)) + 3 * weights + 4 * weights + (teachers?.memory ?? 0)
  }

  /// The settings with the batch that fits beside what the process and the accompaniment take;
  /// accumulation makes up for what the batch loses.
  /// - Parameter resident: bytes that the process takes before its first step.
  package func fitted(_ settings: FitSettings, resident: Int) throws -> FitSettings {
    let free = free(beside: settings, resident: resident)
    guard free >= window else {
      let least = Double(resident + fixed + window) + Self.accompaniment(settings.data)
      throw TrainingError(
        stage: "fitting the run into \(Self.gigabytes(limit))",
        reason: "one window needs \(Self.gigabytes(Int(least / (1 - Self.reserve))))")
    }
    var settings = settings
    let total = settings.optimisation.batch * settings.optimisation.accumulation
    let most = min(settings.optimisation.batch, free / window)
    settings.optimisation.batch = (1...most).last { total % $0 == 0 } ?? 1
    settings.optimisation.accumulation = total / settings.optimisation.batch
    // What a step frees serves the next one, and no more is kept.
    TensorMemory.keep(atMost: fixed + settings.optimisation.batch * window)
    return settings
  }

  /// How many windows fit beside all else.
  func mostWindows(beside settings: FitSettings, resident: Int) -> Int {
    free(beside: settings, resident: resident) / window
  }

  private func free(beside settings: FitSettings, resident: Int) -> Int {
    Int(Double(limit) * (1 - Self.reserve) - Self.accompaniment(settings.data)) - resident - fixed
  }

  /// Bytes of all rendered accompaniment.
  private static func accompaniment(_ data: StreamSettings) -> Double {
    data.soundfonts.isEmpty
      ? 0 : Double(data.accompaniments) * data.accompanimentSeconds * 44_100 * 2
  }

  /// Bytes for people.
  package static func gigabytes(_ bytes: Int) -> String { fixedPoint(bytes) + " GB" }

  private static func fixedPoint(_ bytes: Int) -> String { Training.fixed(Double(bytes) / 1e9, 1) }
}
