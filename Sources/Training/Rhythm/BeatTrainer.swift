package import DrumNet
internal import TensorCore

/// Teaches a ``BeatNetwork`` where the beats of drumming are.
package struct BeatTrainer {
  package struct Progress: Sendable {
    package var step: Int
    /// Mean over the steps since the last report.
    package var loss: Double
  }

  private let charts: [BeatPiece]
  private let played: [BeatPiece]
  private let songs: [BeatPiece]
  private let seed: UInt64
  private let steps: Int

  /// Frames of an example: 41 s.
  private static let frames = 2_048
  private static let seconds = Double(frames) / BeatNetwork.framesPerSecond
  private static let batch = 8
  private static let peak = 2e-3
  /// Shares of what is learned from, as far as there is any; the rest are charts.
  private static let inventedShare = 0.14
  private static let playedShare = 0.18
  private static let songShare = 0.28
  /// Share of the charts whose passages are put together anew.
  private static let splicedShare = 0.4
  private static let reportEvery = 100

  /// - Parameters:
  ///   - charts: of songs; at least one.
  ///   - played: by people, mostly one groove each; may be empty.
  ///   - songs: written for synthesizers, mostly in four; may be empty.
  package init(
    charts: [BeatPiece], played: [BeatPiece], songs: [BeatPiece], steps: Int, seed: UInt64
  ) {
    self.charts = charts
    self.played = played
    self.songs = songs
    self.steps = steps
    self.seed = seed
  }

  /// The network that was learned: the average over the last steps.
  package func run(report: (Progress) -> Void) -> BeatNetwork {
    var random = SeededGenerator(seed: seed)
    let network = BeatNetwork(
      BeatSettings(), parameters: Parameters(random: Random(seed: seed)))
    let optimiser = AdamW(network.parameters)
    let average = MovingAverage(network.parameters, decay: 0.998)
    let schedule = Schedule(peak: Self.peak, warmUpSteps: min(100, steps), totalSteps: steps)
    var loss = 0.0
    for step in 1...steps {
      let tape = Tape(random: Random(seed: random.next()))
      let batch = examples(&random)
      func column(_ values: KeyPath<BeatExcerpt, [Float]>, _ width: Int) -> Tensor {
        Tensor(batch.flatMap { $0[keyPath: values] }, [batch.count, Self.frames, width])
      }
      let logits = network.forward(column(\.roll, DrumClass.allCases.count), tape)
      let weights = column(\.weights, BeatNetwork.outputs)
      let cost = logits.bceWithLogits(
        targets: column(\.targets, BeatNetwork.outputs), weights: weights,
        normaliser: Float(logits.count), tape)
      tape.backward(from: cost)
      optimiser.update(rate: schedule.rate(at: step - 1))
      average.update()
      loss += Double(cost.item)
      if step % Self.reportEvery == 0 || step == steps {
        let count = (step - 1) % Self.reportEvery + 1
        report(Progress(step: step, loss: loss / Double(count)))
        loss = 0
      }
    }
    average.swap()
    return network
  }

  private func examples(_ random: inout SeededGenerator) -> [BeatExcerpt] {
    (0..<Self.batch).map { _ in
      BeatExcerpt(piece(&random) ?? chart(&random), frames: Self.frames, using: &random)
    }
  }

  private func chart(_ random: inout SeededGenerator) -> BeatPiece {
    let chart = random.pick(charts)
    guard random.chance(Self.splicedShare) else { return chart }
    return chart.spliced(seconds: 1.3 * Self.seconds, using: &random) ?? chart
  }

  /// What is no chart, `nil` for a chart.
  private func piece(_ random: inout SeededGenerator) -> BeatPiece? {
    let choice = random.uniform(0, 1)
    if choice < Self.inventedShare {
      return .invented(seconds: 1.3 * Self.seconds, using: &random)
    }
    if choice < Self.inventedShare + Self.playedShare {
      return played.isEmpty ? nil : random.pick(played)
    }
    let isSong = choice < Self.inventedShare + Self.playedShare + Self.songShare
    return isSong && !songs.isEmpty ? random.pick(songs) : nil
  }
}
