import DrumNet
import Foundation
import Spectral
import TensorCore

/// How well a model hears windows that training never hears.
package struct ValidationScore: Codable, Hashable, Sendable {
  /// F at 50 ms, eight classes pooled, each at the threshold that suits it best: the calibration
  /// chooses thresholds later.
  package var f: Double
  /// The same by class name, for classes that are played.
  package var classes: [String: Double]
}

/// Looks at a validation stream now and then and remembers the best.
struct ModelSelection {
  /// What a checkpoint carries of it.
  struct State: Codable {
    var best: Double?
    var bestStep = 0
    /// Looks since the best.
    var without = 0
  }

  private let settings: FitSettings
  private let batches: [TrainingBatch]
  private(set) var state: State

  /// Thresholds tried, as logits: probabilities 0.1, 0.2, ... 0.8.
  private static let levels: [Float] = (1...8).map { Float(logOdds(Double($0) / 10)) }

  /// Renders the windows of all looks: always the same ones.
  init(settings: FitSettings, examples: ExampleSource, mel: LogMel, state: State) throws {
    self.settings = settings
    self.state = state
    var small = settings
    // As many at once as in training, or fewer: a look needs no more memory than a step.
    small.optimisation.batch = min(settings.optimisation.batch, settings.validation.looks)
    small.masking.probability = 0
    small.mixup = nil
    small.optimisation.divisions = nil
    let count =
      (settings.validation.looks + small.optimisation.batch - 1) / small.optimisation.batch
    batches = try (0..<count).map {
      try TrainingBatch(index: $0, settings: small, examples: examples, mel: mel)
    }
  }

  /// Whether the run has gone on long enough without a gain.
  var isOver: Bool {
    settings.validation.patience > 0 && state.without >= settings.validation.patience
  }

  /// Scores the network as it is, and remembers whether it is the best so far.
  mutating func look(at network: any Network, step: Int) -> (score: ValidationScore, isBest: Bool) {
    let score = score(network)
    let isBest = score.f > state.best ?? -1
    if isBest { (state.best, state.bestStep) = (score.f, step) }
    state.without = isBest ? 0 : state.without + 1
    return (score, isBest)
  }

  private func score(_ network: any Network) -> ValidationScore {
    let drums = DrumClass.allCases
    var counts = drums.map { _ in Self.levels.map { _ in MatchCounts() } }
    for batch in batches {
      let logits = logits(network, batch)
      for (row, drum) in drums.enumerated() {
        for (column, level) in Self.levels.enumerated() {
          counts[row][column] =
            counts[row][column]
            + BatchScore.counts(
              drum, above: level, logits: logits, batch: batch,
              framesPerSecond: settings.mel.framesPerSecond)
        }
      }
    }
    let best = counts.map { $0.max { $0.f < $1.f } ?? MatchCounts() }
    let played = zip(drums, best).filter { $1.annotated > 0 }.map { ($0.name, $1.f) }
    return ValidationScore(
      f: best.reduce(MatchCounts(), +).f,
      classes: Dictionary(played, uniquingKeysWith: { first, _ in first }))
  }

  private func logits(_ network: any Network, _ batch: TrainingBatch) -> [Float] {
    let x = Tensor(batch.features, [batch.windows, batch.frames, settings.mel.bins])
    return network.logits(x, lengths: nil).values
  }

  /// The first window's spectrogram above the probabilities of its outputs, as a PNG.
  func picture(of network: any Network) throws -> ActivationPicture {
    let batch = batches[0]
    let bins = settings.mel.bins
    return ActivationPicture(
      features: Array(batch.features[..<(batch.frames * bins)]), bins: bins,
      logits: Array(logits(network, batch)[..<(batch.frames * OutputLayout.count)]),
      frames: batch.frames)
  }
}
