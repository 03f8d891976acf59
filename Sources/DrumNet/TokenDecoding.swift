internal import Glibc
internal import TensorCore

/// A sequence as far as it is said.
struct Hypothesis {
  /// A token, how likely it was among those that could follow, and for a shift how likely the
  /// moments one frame before and after it were.
  struct Choice {
    let token: Int
    let probability: Double
    let before: Double
    let after: Double
  }

  private(set) var choices: [Choice] = []
  private(set) var grammar: TokenGrammar
  /// The sum of the tokens' log probabilities.
  private(set) var score = 0.0

  init(_ vocabulary: TokenVocabulary) { grammar = TokenGrammar(vocabulary) }

  var last: TokenVocabulary.Said {
    TokenVocabulary.Said(
      token: choices.last?.token ?? TokenVocabulary.start, moment: grammar.moment)
  }
  var isOver: Bool { grammar.isOver }

  mutating func take(_ next: Next) {
    choices.append(next.choice)
    grammar.take(next.choice.token)
    score += log(max(next.choice.probability, .leastNonzeroMagnitude))
  }

  /// A token that may follow.
  struct Next { let choice: Choice }

  /// The `count` likeliest tokens that may follow, likeliest first, of equal ones the lower.
  /// - Parameter logits: of the whole vocabulary.
  func next(_ logits: ArraySlice<Float>, count: Int, vocabulary: TokenVocabulary) -> [Next] {
    let allowed = grammar.allowed
    let values = allowed.map { Double(logits[logits.startIndex + $0]) }
    let largest = values.max() ?? 0
    let shares = values.map { exp($0 - largest) }
    let sum = shares.reduce(0, +)
    var order = Array(allowed.indices)
    if count == 1 {
      order = order.max { (shares[$0], $1) < (shares[$1], $0) }.map { [$0] } ?? []
    } else {
      order.sort { (shares[$0], $1) > (shares[$1], $0) }
    }
    func share(_ index: Int) -> Double {
      allowed.indices.contains(index) && vocabulary.shifts.contains(allowed[index])
        ? shares[index] / sum : 0
    }
    return order.prefix(count).map { index in
      let isShift = vocabulary.shifts.contains(allowed[index])
      return Next(
        choice: Choice(
          token: allowed[index], probability: shares[index] / sum,
          before: isShift ? share(index - 1) : 0, after: isShift ? share(index + 1) : 0))
    }
  }
}

/// Decoding: the likeliest sequences token by token.
///
/// With a beam, as many sequences of each segment go on side by side. The first lane is always the
/// one that takes the likeliest token, so that a beam never answers with less than greed would have
/// found; the others are the best of what else can be said.
struct TokenDecoding {
  let vocabulary: TokenVocabulary
  let beam: Int
  /// The most tokens of a sequence.
  let capacity: Int

  /// Logits (rows, vocabulary) of the token after the last of each row's, where row r goes on with
  /// the sequence of the row `parents[r]` of the call before.
  typealias Step = (_ last: [TokenVocabulary.Said], _ parents: [Int]) -> [Float]

  /// The best sequence of each of `segments` segments, whose lanes are rows of `step` side by side.
  func sequences(_ segments: Int, step: Step) -> [Hypothesis] {
    var lanes: [[Hypothesis?]] = (0..<segments).map { _ in
      [Hypothesis(vocabulary)] + [Hypothesis?](repeating: nil, count: beam - 1)
    }
    var parents = Array(0..<segments * beam)
    for _ in 0..<capacity {
      let isOver = lanes.allSatisfy { $0.allSatisfy { $0?.isOver != false } }
      if isOver { break }
      let last = lanes.flatMap { $0.map { $0?.last ?? TokenAnswers.padding } }
      let logits = step(last, parents)
      for segment in 0..<segments {
        let first = segment * beam
        let next = followed(lanes[segment]) { lane in
          let at = (first + lane) * vocabulary.count
          return logits[at..<at + vocabulary.count]
        }
        lanes[segment] = next.map(\.hypothesis)
        for (lane, found) in next.enumerated() { parents[first + lane] = first + found.lane }
      }
    }
    return lanes.map { lanes in
      lanes.compactMap(\.self).max { $0.score < $1.score } ?? Hypothesis(vocabulary)
    }
  }

  /// The lanes after one token more, each with the lane that it goes on with.
  private func followed(
    _ lanes: [Hypothesis?], logits: (Int) -> ArraySlice<Float>
  ) -> [(hypothesis: Hypothesis?, lane: Int)] {
    var greedy: (hypothesis: Hypothesis?, lane: Int) = (lanes[0], 0)
    var others: [(hypothesis: Hypothesis?, lane: Int)] = []
    for (lane, present) in lanes.enumerated() {
      guard let present else { continue }
      if present.isOver {
        if lane > 0 { others.append((present, lane)) }
        continue
      }
      for (rank, next) in present.next(logits(lane), count: beam, vocabulary: vocabulary)
        .enumerated()
      {
        var longer = present
        longer.take(next)
        if lane == 0, rank == 0 {
          greedy = (longer, 0)
        } else {
          others.append((longer, lane))
        }
      }
    }
    let best = others.enumerated().sorted {
      ($0.element.hypothesis?.score ?? 0, $1.offset) > (
        $1.element.hypothesis?.score ?? 0, $0.offset
      )
    }.prefix(beam - 1).map(\.element)
    let empty = [(hypothesis: Hypothesis?, lane: Int)](
      repeating: (nil, 0), count: beam - 1 - best.count)
    return [greedy] + best + empty
  }
}

extension Hypothesis {
  /// A stroke as it was told.
  struct Told {
    let stroke: Stroke
    /// The probability that it is there: of its moment, a frame early or late, and of its drum.
    let confidence: Double
    /// Frames by which it probably comes after its frame, -0.45...0.45.
    let lean: Double
  }

  /// The strokes of the sequence; frames count from the segment's first.
  func told(_ vocabulary: TokenVocabulary) -> [Told] {
    var strokes: [Told] = []
    var moment: Choice?
    var drum: Choice?
    for choice in choices {
      if vocabulary.shifts.contains(choice.token) {
        moment = choice
      } else if vocabulary.drums.contains(choice.token) {
        drum = choice
      } else if let moment, let struck = drum, vocabulary.loudness.contains(choice.token) {
        let (kind, isOpen) = vocabulary.drum(struck.token)
        let near = moment.before + moment.probability + moment.after
        strokes.append(
          Told(
            stroke: Stroke(
              frame: moment.token - vocabulary.shifts.lowerBound, drum: kind,
              velocity: vocabulary.velocity(choice.token), isOpen: isOpen),
            confidence: min(1, near) * struck.probability,
            lean: min(0.45, max(-0.45, (moment.after - moment.before) / max(near, 1e-9)))))
        drum = nil
      }
    }
    return strokes
  }
}
