import DrumNet
import TensorCore

/// The one number that a batch's logits are judged by.
struct TrainingLoss {
  let targets: TargetSettings
  let loss: LossSettings

  /// Columns that answer yes or no, unlike velocities, which are amounts.
  private static let questions: [Int] =
    DrumClass.allCases.map(OutputLayout.onset) + Array(OutputLayout.hihatOpen..<OutputLayout.count)

  /// logits (windows, frames, outputs) -> a tensor of one value: the mean over windows, frames and
  /// drum classes.
  func of(_ logits: Tensor, _ batch: TrainingBatch, _ tape: Tape) -> Tensor {
    let shape = [batch.windows, batch.frames, OutputLayout.count]
    let normaliser = Float(batch.windows * batch.frames * DrumClass.allCases.count)
    let weights = Tensor(batch.weights, shape)
    let wanted = Tensor(smoothed(batch.targets), shape)
    var heard = logits
    if targets.beatTolerance > 0 {
      heard = logits.maximumNear(
        reach: targets.beatTolerance, columns: OutputLayout.beat..<OutputLayout.downbeat + 1, tape)
    }
    let main =
      loss.focus > 0
      ? heard.focalWithLogits(
        targets: wanted, weights: weights, focus: focus, normaliser: normaliser, tape)
      : heard.bceWithLogits(targets: wanted, weights: weights, normaliser: normaliser, tape)
    guard loss.consistency > 0 else { return main }
    let flicker = logits.temporalConsistency(
      targets: Tensor(batch.targets, shape), weights: Tensor(onsetsOnly(batch.weights), shape),
      normaliser: normaliser, tape)
    return main.add(flicker.scale(by: loss.consistency, tape), tape)
  }

  private var focus: Tensor {
    var values = [Float](repeating: 0, count: OutputLayout.count)
    for column in Self.questions { values[column] = loss.focus }
    return Tensor(values, [OutputLayout.count])
  }

  private func smoothed(_ targets: [Float]) -> [Float] {
    guard loss.smoothing > 0 else { return targets }
    var result = targets
    for start in stride(from: 0, to: targets.count, by: OutputLayout.count) {
      for column in Self.questions {
        result[start + column] += loss.smoothing * (0.5 - result[start + column])
      }
    }
    return result
  }

  private func onsetsOnly(_ weights: [Float]) -> [Float] {
    let drums = DrumClass.allCases.count
    return weights.indices.map { $0 % OutputLayout.count < drums ? weights[$0] : 0 }
  }
}
