package import TensorCore

/// A hybrid network that hears, and a decoder that writes down what it heard as tokens (MT3, Gardner
/// et al. 2022): segment by segment, each sequence sees its segment of the heard stream and a margin
/// around it. Beats have no tokens; they stay with the encoder's answers for each frame, which also
/// teach the encoder the drums (as joint training does in speech, Watanabe et al. 2017).
package final class Seq2SeqNetwork: Network {
  package let settings: Seq2SeqSettings
  package let parameters: Parameters
  package let bins: Int
  package let outputs: Int
  package let vocabulary: TokenVocabulary

  private let encoder: HybridNetwork
  private let decoder: TokenDecoder
  private let segments: PatchGrid
  private let ones: Tensor
  /// Which frame of its segment each row of a memory begins with.
  private let clock: Tensor

  package init(_ settings: Seq2SeqSettings, bins: Int, outputs: Int, parameters p: Parameters) {
    precondition(settings.fault == nil, settings.fault ?? "")
    self.settings = settings
    self.bins = bins
    self.outputs = outputs
    parameters = p
    vocabulary = TokenVocabulary(steps: settings.segmentFrames, velocities: settings.velocities)
    encoder = HybridNetwork(settings.encoder, bins: bins, outputs: outputs, parameters: p)
    decoder = TokenDecoder(p, settings, vocabulary: vocabulary.count)
    let (width, rows) = (settings.encoder.width, settings.segmentTokens + 2 * settings.marginTokens)
    segments = PatchGrid(
      height: rows, width: width, rowStep: settings.segmentTokens, columnStep: width)
    let frames = (0..<rows).map {
      ($0 - settings.marginTokens) * settings.encoder.framesPerToken
    }
    clock = FrameClock.rows(frames, width: width).reshape([rows * width], nil)
    ones = Tensor([rows * width], repeating: 1)
  }

  package var frameMultiple: Int { settings.frameMultiple }
  package var borderFrames: Int { encoder.borderFrames }

  /// The encoder's answers for each frame.
  package func forward(_ x: Tensor, lengths: [Int]?, tape: Tape?) -> Tensor {
    encoder.forward(x, lengths: lengths, tape: tape)
  }

  /// The right answers for windows of `frames` frames, whose strokes count from their first frame.
  package func answers(_ windows: [[Stroke]], frames: Int) -> TokenAnswers {
    let segments = (frames + settings.segmentFrames - 1) / settings.segmentFrames
    return TokenAnswers(
      windows, segments: segments, vocabulary: vocabulary, atMost: settings.maximumTokens)
  }

  /// The encoder's answers (batch, frames, outputs), and for each segment, whose right tokens so far
  /// are given, the logits of the next: (segments, length, vocabulary).
  package func forward(
    _ x: Tensor, lengths: [Int]? = nil, answers: TokenAnswers, tape: Tape?
  ) -> (frames: Tensor, tokens: Tensor) {
    let heard = encoder.heard(x, lengths: lengths, tape: tape)
    let (memory, kept) = remembered(heard, frames: x.shape[1], lengths, tape)
    let tokens = decoder.forward(
      memory: memory, lengths: kept, said: answers.said, length: answers.length, tape)
    return (encoder.answers(to: heard, frames: x.shape[1], tape), tokens)
  }

  /// heard (batch, tokens, width) -> memory (batch * segments, rows, width), and how many rows of each
  /// are not beyond the window's end.
  private func remembered(
    _ heard: Tensor, frames: Int, _ lengths: [Int]?, _ tape: Tape?
  ) -> (memory: Tensor, lengths: [Int]) {
    let (batch, width) = (heard.shape[0], heard.shape[2])
    let frame = settings.encoder.framesPerToken
    let count = segments.down(heard.shape[1])
    let rows = settings.segmentTokens + 2 * settings.marginTokens
    let memory = heard.patches(segments, tape).reshape([batch, count, rows * width], tape)
      .affine(scale: ones, shift: clock, tape).reshape([batch * count, rows, width], tape)
    let kept = (0..<batch).flatMap { item in
      let tokens = ((lengths?[item] ?? frames) + frame - 1) / frame
      return (0..<count).map { part in
        let first = part * settings.segmentTokens - settings.marginTokens
        return min(rows, max(0, tokens - first))
      }
    }
    return (memory, kept)
  }

  package func setInputStatistics(mean: [Float], deviation: [Float]) {
    encoder.setInputStatistics(mean: mean, deviation: deviation)
  }
}

extension Seq2SeqNetwork {
  /// The encoder's answers for each frame with the drums' columns as the decoder tells them: an
  /// onset stands on its frame with the probability of its tokens, and so on the frames beside it
  /// that the peak of a parabola through the three leans to where its moment probably is.
  package func logits(_ x: Tensor, lengths: [Int]?) -> Tensor {
    let (batch, frames) = (x.shape[0], x.shape[1])
    let heard = encoder.heard(x, lengths: lengths, tape: nil)
    var values = encoder.answers(to: heard, frames: frames, nil).values
    for window in 0..<batch { clear(&values, window * frames..<(window + 1) * frames) }
    let found = sequences(heard, frames: frames, lengths)
    let count = found.count / batch
    for (index, sequence) in found.enumerated() {
      let window = index / count
      for told in sequence.told(vocabulary) {
        let frame = told.stroke.frame + index % count * settings.segmentFrames
        guard frame < lengths?[window] ?? frames else { continue }
        draw(
          told, at: window * frames + frame, in: window * frames..<(window + 1) * frames, &values)
      }
    }
    return Tensor(values, [batch, frames, outputs])
  }

  /// The best sequence of each segment of windows x (batch, frames, bins).
  func sequences(_ x: Tensor) -> [Hypothesis] {
    sequences(encoder.heard(x, lengths: nil, tape: nil), frames: x.shape[1], nil)
  }

  private func sequences(_ heard: Tensor, frames: Int, _ ends: [Int]?) -> [Hypothesis] {
    let (memory, lengths) = remembered(heard, frames: frames, ends, nil)
    let decoding = TokenDecoding(
      vocabulary: vocabulary, beam: settings.beam, capacity: settings.maximumTokens)
    var cache = decoder.cache(memory: memory, lengths: lengths)
    if settings.beam > 1 {
      cache = cache.chosen(lengths.indices.flatMap { [Int](repeating: $0, count: settings.beam) })
    }
    return decoding.sequences(lengths.count) { last, parents in
      cache.exchange(parents)
      return decoder.step(last, &cache)
    }
  }

  /// A probability that says no, and its logit.
  private static let doubt = 1e-4
  private static let silence = Float(logOdds(doubt))

  private static let onsets = DrumClass.allCases.map(OutputLayout.onset) + [OutputLayout.anyOnset]

  private func clear(_ values: inout [Float], _ rows: Range<Int>) {
    for row in rows {
      for column in Self.onsets { values[row * outputs + column] = Self.silence }
    }
  }

  private func draw(
    _ told: Hypothesis.Told, at row: Int, in rows: Range<Int>, _ values: inout [Float]
  ) {
    let (drum, lean) = (told.stroke.drum, told.lean)
    for (row, share) in [(row - 1, 0.5 - lean), (row, 1), (row + 1, 0.5 + lean)]
    where rows.contains(row) {
      let level = Float(logOdds(told.confidence * share, margin: Self.doubt))
      for column in [OutputLayout.onset(drum), OutputLayout.anyOnset] {
        values[row * outputs + column] = max(values[row * outputs + column], level)
      }
      values[row * outputs + OutputLayout.velocity(drum)] = Float(
        logOdds(Double(told.stroke.velocity) / 127, margin: Self.doubt))
      if drum == .hihat {
        values[row * outputs + OutputLayout.hihatOpen] = told.stroke.isOpen ? 4 : -4
      }
    }
  }
}
