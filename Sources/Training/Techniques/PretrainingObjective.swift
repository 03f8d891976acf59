import DrumNet
import TensorCore

/// What a network learns before it learns drums: its last layer is another one, of as many columns
/// as the objective wants, and is thrown away afterwards.
package enum PretrainingObjective: String, CaseIterable, Sendable {
  /// Parts of the spectrogram are hidden and have to be made up from the rest (He et al. 2022; for
  /// spectrograms Gong et al. 2022).
  case masked
  /// Two mixes of the same drums are to sound alike, others not (Chen et al. 2020). Learns from
  /// batches in which windows 2i and 2i + 1 belong together.
  case contrastive

  /// Columns of the last layer.
  func outputs(bins: Int) -> Int {
    switch self {
    case .masked: bins
    case .contrastive: Self.columns
    }
  }

  /// Width of what is compared: enough to tell bars apart, and small beside the network.
  private static let columns = 64
  /// Frames whose mean is one voice: a quarter of a second holds a few strokes.
  private static let voiceFrames = 25
  /// As for pictures (Chen et al. 2020, table 5).
  private static let temperature: Float = 0.1

  /// Share of the spectrogram that is hidden at least, and the sizes of the parts: long enough that
  /// what lies beside does not give them away, short enough to be a stroke or two.
  private static let hiddenShare = 0.4
  private static let hiddenFrames = 6...24
  private static let hiddenBins = 16...64
  /// What counts as 1 in a spectrogram of log(1 + ...): close to the loudest there is.
  private static let ceiling: Float = 12

  /// The loss of a network of these outputs on a batch, a tensor of one value.
  func loss(
    of network: any Network, _ batch: TrainingBatch, using random: inout SeededGenerator,
    _ tape: Tape
  ) -> Tensor {
    let shape = [batch.windows, batch.frames, network.bins]
    switch self {
    case .contrastive:
      return network.forward(Tensor(batch.features, shape), tape: tape).contrast(
        group: min(Self.voiceFrames, batch.frames), temperature: Self.temperature, tape)
    case .masked:
      let hidden = Self.hidden(shape, using: &random)
      let seen = zip(batch.features, hidden).map { $0 * (1 - $1) }
      let wanted = batch.features.map { min(1, max(0, $0 / Self.ceiling)) }
      let loss = network.forward(Tensor(seen, shape), tape: tape).bceWithLogits(
        targets: Tensor(wanted, shape), weights: Tensor(hidden, shape),
        normaliser: hidden.reduce(0, +), tape)
      return loss
    }
  }

  /// 1 where the spectrogram is hidden, in rectangles of every window.
  private static func hidden(
    _ shape: [Int], using random: inout SeededGenerator
  ) -> [Float] {
    let (windows, frames, bins) = (shape[0], shape[1], shape[2])
    var hidden = [Float](repeating: 0, count: windows * frames * bins)
    for window in 0..<windows {
      var count = 0
      while Double(count) < hiddenShare * Double(frames * bins) {
        let height = min(frames, random.integer(hiddenFrames))
        let width = min(bins, random.integer(hiddenBins))
        let (first, lowest) = (random.index(frames - height + 1), random.index(bins - width + 1))
        for frame in first..<first + height {
          let row = (window * frames + frame) * bins
          for index in row + lowest..<row + lowest + width where hidden[index] == 0 {
            hidden[index] = 1
            count += 1
          }
        }
      }
    }
    return hidden
  }
}
