import DrumNet
import Spectral
import TensorCore

extension TrainingLoss {
  /// What a batch costs a network, with its answers for each frame. Where the network answers in
  /// tokens, their cross-entropy per frame is added, times ``LossSettings/tokens``.
  /// - Parameter softened: the batch with the targets that the frames' answers are compared with.
  func of(
    _ network: any Network, _ batch: TrainingBatch, softened: TrainingBatch, bins: Int, _ tape: Tape
  ) -> (logits: Tensor, loss: Tensor) {
    let features = Tensor(batch.features, [batch.windows, batch.frames, bins])
    guard let network = network as? Seq2SeqNetwork else {
      let logits = network.forward(features, tape: tape)
      return (logits, of(logits, softened, tape))
    }
    let answers = network.answers(batch.strokes, frames: batch.frames)
    let (logits, tokens) = network.forward(features, answers: answers, tape: tape)
    let said = answers.loss(
      of: tokens, smoothing: loss.smoothing, normaliser: Float(batch.windows * batch.frames), tape)
    return (logits, of(logits, softened, tape).add(said.scale(by: loss.tokens ?? 1, tape), tape))
  }
}

extension TrainingLoss {
  /// What silence costs a network, for steps that measure memory and time. A network that answers in
  /// tokens is told of two drums every 80 ms, more than music has for long.
  static func ofSilence(
    _ network: any Network, windows: Int, _ settings: FitSettings, _ tape: Tape
  ) -> Tensor {
    let shape = [windows, settings.frames, OutputLayout.count]
    let x = Tensor([windows, settings.frames, settings.mel.bins])
    func frameLoss(_ logits: Tensor) -> Tensor {
      logits.bceWithLogits(
        targets: Tensor(shape), weights: Tensor(shape, repeating: 1), normaliser: 1, tape)
    }
    guard let network = network as? Seq2SeqNetwork else {
      return frameLoss(network.forward(x, tape: tape))
    }
    let strokes = stride(from: 0, to: settings.frames, by: 8).flatMap { frame in
      [DrumClass.kick, .hihat].map { Stroke(frame: frame, drum: $0, velocity: 100) }
    }
    let answers = network.answers(
      [[Stroke]](repeating: strokes, count: windows), frames: settings.frames)
    let (logits, tokens) = network.forward(x, answers: answers, tape: tape)
    return frameLoss(logits)
      .add(answers.loss(of: tokens, smoothing: 0, normaliser: 1, tape), tape)
  }
}

extension TrainingBatch {
  /// What the network made of the batch: its answers for each frame, or what it tells in tokens,
  /// decoded anew.
  func heard(by network: any Network, _ logits: Tensor) -> [Float] {
    guard network is Seq2SeqNetwork else { return logits.values }
    let x = Tensor(features, [windows, frames, features.count / (windows * frames)])
    return network.logits(x, lengths: nil).values
  }

  /// The strokes of each window as the targets have them: where a drum's target is full, on the
  /// first of two such frames that touch, with velocity and openness where these are known.
  var strokes: [[Stroke]] {
    let outputs = OutputLayout.count
    return (0..<windows).map { window in
      (0..<frames).flatMap { frame in
        let row = (window * frames + frame) * outputs
        return DrumClass.allCases.compactMap { drum -> Stroke? in
          let column = row + OutputLayout.onset(drum)
          guard targets[column] == 1, frame == 0 || targets[column - outputs] != 1 else {
            return nil
          }
          let loudness = row + OutputLayout.velocity(drum)
          let isKnown = weights[loudness] > 0
          return Stroke(
            frame: frame, drum: drum,
            velocity: isKnown ? Int((targets[loudness] * 127).rounded()) : 0,
            isOpen: drum == .hihat && targets[row + OutputLayout.hihatOpen] > 0.5)
        }
      }
    }
  }
}
