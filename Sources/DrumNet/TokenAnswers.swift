package import TensorCore

/// What a network that answers in tokens should say: the right sequence of every segment of a batch,
/// all as long as the longest.
package struct TokenAnswers: Sendable {
  /// What was said before each token, (segments, length), from the start on.
  let said: [TokenVocabulary.Said]
  /// The tokens to say, (segments, length); `nil` is padding or not known.
  let wanted: [Int?]
  let length: Int

  /// The answers for windows one after the other, each of `segments` segments.
  /// - Parameter windows: strokes whose frames count from the window's first.
  init(
    _ windows: [[Stroke]], segments: Int, vocabulary: TokenVocabulary, atMost maximum: Int
  ) {
    let sequences = windows.flatMap { strokes in
      let parts = Dictionary(grouping: strokes.filter { $0.frame >= 0 }) {
        $0.frame / vocabulary.steps
      }
      return (0..<segments).map { part in
        let own = (parts[part] ?? []).map {
          var stroke = $0
          stroke.frame -= part * vocabulary.steps
          return stroke
        }
        // What is longer than a sequence can be is learned up to there.
        return vocabulary.words(for: own).prefix(maximum)
      }
    }
    let length = sequences.map(\.count).max() ?? 0
    self.length = length
    said = sequences.flatMap { words in
      vocabulary.said(words.dropLast().map(\.token))
        + [TokenVocabulary.Said](repeating: Self.padding, count: length - words.count)
    }
    wanted = sequences.flatMap { words in
      words.map { $0.isKnown ? $0.token : nil }
        + [Int?](repeating: nil, count: length - words.count)
    }
  }

  init(said: [TokenVocabulary.Said], wanted: [Int?], length: Int) {
    (self.said, self.wanted, self.length) = (said, wanted, length)
  }

  /// What stands beyond a sequence's end, where nobody looks.
  static let padding = TokenVocabulary.Said(token: TokenVocabulary.end, moment: -1)

  /// The cross-entropy of logits (segments, length, vocabulary), over `normaliser`.
  package func loss(
    of logits: Tensor, smoothing: Float, normaliser: Float, _ tape: Tape?
  ) -> Tensor {
    logits.tokenCrossEntropy(
      targets: wanted, smoothing: smoothing, normaliser: normaliser, tape)
  }
}
