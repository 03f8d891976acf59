import Foundation
import TensorCore
import Testing

@testable import DrumNet

@Suite("A decoder writes down what an encoder heard")
struct Seq2SeqTests {
  /// Small, in segments of 16 frames.
  static func settings() -> Seq2SeqSettings {
    var settings = Seq2SeqSettings()
    settings.encoder = .tiny
    settings.encoder.stemChannels = [4, 8]
    settings.encoder.dropout = 0
    (settings.segmentFrames, settings.marginFrames, settings.maximumTokens) = (16, 4, 24)
    (settings.layers, settings.heads, settings.hidden, settings.dropout) = (2, 2, 48, 0)
    return settings
  }

  static func network(_ settings: Seq2SeqSettings) -> Seq2SeqNetwork {
    Seq2SeqNetwork(
      settings, bins: 16, outputs: OutputLayout.count,
      parameters: Parameters(random: Random(seed: 4)))
  }

  static func noise(_ shape: [Int], seed: UInt64 = 5) -> Tensor {
    var random = Random(seed: seed)
    return Tensor((0..<shape.reduce(1, *)).map { _ in Float(random.normal()) }, shape)
  }

  /// Strokes of a segment of `steps` frames, some of them together, none twice.
  static func strokes(_ count: Int, frames: Int, seed: UInt64) -> [Stroke] {
    var random = Random(seed: seed)
    var seen: Set<Int> = []
    return (0..<count).compactMap { _ in
      let frame = Int(random.uniform() * Double(frames))
      let drum = DrumClass.allCases[Int(random.uniform() * 8)]
      guard seen.insert(frame * 8 + drum.rawValue).inserted else { return nil }
      return Stroke(
        frame: frame, drum: drum, velocity: 1 + Int(random.uniform() * 127),
        isOpen: drum == .hihat && random.uniform() < 0.5)
    }.sorted { ($0.frame, $0.drum.rawValue) < ($1.frame, $1.drum.rawValue) }
  }

  @Test("strokes come back from their tokens, every one of which the grammar expects")
  func vocabulary() throws {
    let vocabulary = TokenVocabulary(steps: 20, velocities: 16)
    for seed in 0..<20 {
      let strokes = Self.strokes(15, frames: 20, seed: UInt64(seed))
      var said = Hypothesis(vocabulary)
      for word in vocabulary.words(for: strokes) {
        try #require(said.grammar.allowed.contains(word.token) && word.isKnown)
        said.take(.init(choice: .init(token: word.token, probability: 1, before: 0, after: 0)))
      }
      #expect(said.isOver)
      let told = said.told(vocabulary).map(\.stroke).sorted {
        ($0.frame, $0.drum.rawValue) < ($1.frame, $1.drum.rawValue)
      }
      #expect(told.count == strokes.count)
      for (a, b) in zip(told, strokes) {
        #expect(a.frame == b.frame && a.drum == b.drum && a.isOpen == b.isOpen)
        #expect(abs(a.velocity - b.velocity) <= 5, "\(a.velocity) for \(b.velocity)")
      }
    }
    // An unknown velocity is not asked for.
    let unknown = vocabulary.words(for: [Stroke(frame: 3, drum: .ride, velocity: 0)])
    #expect(unknown.map(\.isKnown) == [true, true, false, true])
  }

  /// Greed that keeps nothing: every token is asked for with the whole sequence before it.
  private func uncached(_ network: Seq2SeqNetwork, _ x: Tensor, segments: Int) -> [Hypothesis] {
    let vocabulary = network.vocabulary
    var said = [Hypothesis](repeating: Hypothesis(vocabulary), count: segments)
    for length in 1...network.settings.maximumTokens {
      let before = said.flatMap { hypothesis in
        let tokens = vocabulary.said(hypothesis.choices.map(\.token))
        return tokens
          + [TokenVocabulary.Said](
            repeating: TokenAnswers.padding, count: max(0, length - tokens.count))
      }
      let answers = TokenAnswers(said: before, wanted: [], length: length)
      let logits = network.forward(x, answers: answers, tape: nil).tokens.values
      for index in said.indices where !said[index].isOver {
        let at = ((index + 1) * length - 1) * vocabulary.count
        let next = said[index].next(
          logits[at..<at + vocabulary.count], count: 1, vocabulary: vocabulary)
        said[index].take(next[0])
      }
    }
    return said
  }

  /// The score of sequences by the network without a cache.
  private func scores(_ network: Seq2SeqNetwork, _ x: Tensor, of found: [Hypothesis]) -> [Double] {
    let vocabulary = network.vocabulary
    let length = found.map(\.choices.count).max() ?? 0
    let before = found.flatMap { hypothesis in
      let tokens = vocabulary.said(hypothesis.choices.dropLast().map(\.token))
      return tokens
        + [TokenVocabulary.Said](
          repeating: TokenAnswers.padding, count: length - tokens.count)
    }
    let answers = TokenAnswers(said: before, wanted: [], length: length)
    let logits = network.forward(x, answers: answers, tape: nil).tokens.values
    return found.enumerated().map { index, hypothesis in
      var again = Hypothesis(vocabulary)
      for (place, choice) in hypothesis.choices.enumerated() {
        let at = (index * length + place) * vocabulary.count
        let next = again.next(
          logits[at..<at + vocabulary.count], count: vocabulary.count, vocabulary: vocabulary)
        guard let same = next.first(where: { $0.choice.token == choice.token }) else { return .nan }
        again.take(same)
      }
      return again.score
    }
  }

  @Test("a cache and a beam of one change nothing; a wider beam never scores less than greed")
  func decoding() {
    var settings = Self.settings()
    let x = Self.noise([2, 40, 16])
    let greedy = uncached(Self.network(settings), x, segments: 6)
    var better = 0
    for beam in [1, 2, 5] {
      settings.beam = beam
      // The same seed: the same weights.
      let network = Self.network(settings)
      let found = network.sequences(x)
      #expect(found.count == 6)
      for (a, b) in zip(found, scores(network, x, of: found)) { #expect(abs(a.score - b) < 1e-3) }
      for (a, b) in zip(found, greedy) {
        if beam == 1 { #expect(a.choices.map(\.token) == b.choices.map(\.token)) }
        #expect(a.score >= b.score - 1e-3)
        if a.score > b.score + 1e-3 { better += 1 }
      }
    }
    #expect(better > 0, "the beam never found anything that greed had not")
  }

  @Test("padding is not heard: neither beyond a window's end nor beyond a sequence's")
  func padding() {
    var settings = Self.settings()
    // Convolutions reach beyond a window's end; attention must not.
    (settings.encoder.stemChannels, settings.encoder.convolutionTaps) = ([], 1)
    let network = Self.network(settings)
    let strokes = [Self.strokes(6, frames: 24, seed: 1)]
    let answers = network.answers(strokes, frames: 24)
    let values = Self.noise([24 * 16]).values
    let alone = network.forward(Tensor(values, [1, 24, 16]), answers: answers, tape: nil).tokens
    let loss = answers.loss(of: alone, smoothing: 0, normaliser: 1, nil).item
    // 24 frames more of other noise; the same number of segments, because 24 fill one and a half.
    let padded = Tensor(values + Self.noise([8 * 16], seed: 9).values, [1, 32, 16])
    let masked = network.forward(padded, lengths: [24], answers: answers, tape: nil).tokens.values
    let heard = network.forward(padded, answers: answers, tape: nil).tokens.values
    for (a, b) in zip(alone.values, masked) { #expect(abs(a - b) < 1e-5) }
    #expect(zip(alone.values, heard).contains { abs($0 - $1) > 1e-3 })
    // The same sequences in a longer row of tokens.
    let longer = network.answers(
      strokes + [Self.strokes(40, frames: 24, seed: 2)], frames: 24)
    #expect(longer.length > answers.length)
    let both = network.forward(
      Tensor(values + Self.noise([24 * 16], seed: 3).values, [2, 24, 16]), answers: longer,
      tape: nil
    ).tokens
    let own = TokenAnswers(
      said: longer.said,
      wanted: longer.wanted.enumerated().map {
        $0.offset < longer.wanted.count / 2 ? $0.element : nil
      }, length: longer.length)
    #expect(abs(own.loss(of: both, smoothing: 0, normaliser: 1, nil).item - loss) < 1e-3)
  }

  @Test("one batch is learned by heart and decoded to its very strokes")
  func overfits() {
    var settings = Self.settings()
    settings.beam = 2
    let network = Self.network(settings)
    let windows = [Self.strokes(12, frames: 40, seed: 7), Self.strokes(9, frames: 40, seed: 8)]
    var values = Self.noise([2, 40, 16]).values.map { $0 * 0.3 }
    for (window, strokes) in windows.enumerated() {
      for stroke in strokes {
        let at = (window * 40 + stroke.frame) * 16 + 2 * stroke.drum.rawValue
        values[at] += stroke.isOpen ? 6 : 3
        values[at + 1] += Float(stroke.velocity) / 40
      }
    }
    let x = Tensor(values, [2, 40, 16])
    let answers = network.answers(windows, frames: 40)
    let optimiser = AdamW(network.parameters)
    for step in 0..<160 {
      let tape = Tape(random: Random(seed: 1))
      let tokens = network.forward(x, answers: answers, tape: tape).tokens
      tape.backward(from: answers.loss(of: tokens, smoothing: 0, normaliser: 40, tape))
      optimiser.update(rate: step < 120 ? 4e-3 : 1e-3)
    }
    let found = network.sequences(x).enumerated().map { index, sequence in
      sequence.told(network.vocabulary).map { told in
        var stroke = told.stroke
        stroke.frame += index % 3 * 16
        return stroke
      }
    }
    for (window, strokes) in windows.enumerated() {
      let told = found[3 * window..<3 * window + 3].flatMap { $0 }
      let order = { (a: Stroke, b: Stroke) in
        (a.frame, a.drum.rawValue) < (b.frame, b.drum.rawValue)
      }
      #expect(told.count == strokes.count)
      for (a, b) in zip(told.sorted(by: order), strokes) {
        #expect(a.frame == b.frame && a.drum == b.drum && a.isOpen == b.isOpen)
        #expect(abs(a.velocity - b.velocity) <= 5)
      }
    }
    drawn(network, x, windows)
  }

  /// What is told stands in the columns that everything after the network reads.
  private func drawn(_ network: Seq2SeqNetwork, _ x: Tensor, _ windows: [[Stroke]]) {
    let logits = network.logits(x, lengths: nil).values
    for (window, strokes) in windows.enumerated() {
      for drum in DrumClass.allCases {
        let frames = (0..<40).filter {
          logits[(window * 40 + $0) * OutputLayout.count + OutputLayout.onset(drum)] > 1
        }
        #expect(frames == strokes.filter { $0.drum == drum }.map(\.frame))
      }
    }
  }
}
