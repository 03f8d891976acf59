package import TensorCore

/// What another engine needs of the network beside its weights.
extension Seq2SeqNetwork {
  /// What is added to the rows of a segment's memory: (rows, width).
  package var memoryClock: (values: [Float], shape: [Int]) {
    let rows = settings.segmentTokens + 2 * settings.marginTokens
    let frames = (0..<rows).map {
      ($0 - settings.marginTokens) * settings.encoder.framesPerToken
    }
    return table(FrameClock.rows(frames, width: settings.encoder.width))
  }

  /// What is added to a token by the frame of the last shift up to it, the row before any first:
  /// (segment frames + 1, width).
  package var tokenClock: (values: [Float], shape: [Int]) {
    table(
      FrameClock.rows([nil] + Array(0..<settings.segmentFrames), width: settings.encoder.width))
  }

  private func table(_ tensor: Tensor) -> (values: [Float], shape: [Int]) {
    (tensor.values, tensor.shape)
  }

  /// A name for each token in order: `frame_` and `velocity_` with a number, or a drum.
  package var tokenNames: [String] {
    let v = vocabulary
    return (0..<v.count).map { token in
      if v.shifts.contains(token) { return "frame_\(token - v.shifts.lowerBound)" }
      if v.loudness.contains(token) { return "velocity_\(v.velocity(token))" }
      guard v.drums.contains(token) else { return token == TokenVocabulary.end ? "end" : "start" }
      let (drum, isOpen) = v.drum(token)
      return isOpen ? drum.name + "_open" : drum.name
    }
  }

  /// Tokens that tell `strokes` of each window of x (batch, frames, bins), the frame of the last
  /// shift up to each, -1 before any, (segments, length), and the logits after them (segments,
  /// length, vocabulary).
  package func told(
    _ x: Tensor, _ strokes: [[Stroke]]
  ) -> (tokens: [Int], moments: [Int], length: Int, logits: Tensor) {
    let answers = answers(strokes, frames: x.shape[1])
    let logits = forward(x, answers: answers, tape: nil).tokens
    return (answers.said.map(\.token), answers.said.map(\.moment), answers.length, logits)
  }
}
