internal import TensorCore

/// Writes down what a memory holds, token by token: each token sees those before it and all of its
/// segment's memory. In training all tokens of a sequence are asked at once; in decoding one after
/// the other, with the keys and values of those before kept.
final class TokenDecoder {
  /// The most tokens of a sequence.
  private let capacity: Int
  private let dropout: Double
  private let tokens: Tensor
  /// A row for each frame of a segment and, first, one for the time before any: (steps + 1, width).
  private let clock: Tensor
  private let layers: [DecoderLayer]
  private let norm: Norm
  private let head: Dense

  init(_ p: Parameters, _ settings: Seq2SeqSettings, vocabulary: Int) {
    let width = settings.encoder.width
    dropout = settings.dropout
    capacity = settings.maximumTokens
    // As large as a clock's row, to which it is added.
    tokens = p.normal("decoder.tokens.weight", [vocabulary, width], deviation: 0.7)
    clock = FrameClock.rows([nil] + Array(0..<settings.segmentFrames), width: width)
    layers = (0..<settings.layers).map {
      DecoderLayer("decoder.layers.\($0)", p, settings)
    }
    norm = Norm("decoder.norm", p, width)
    head = Dense("decoder.head", p, out: vocabulary, in: width)
  }

  /// memory (segments, rows, width), of which `lengths` are not padding; `said` are the tokens
  /// before each asked one, (segments, length) -> logits (segments, length, vocabulary).
  func forward(
    memory: Tensor, lengths: [Int], said: [TokenVocabulary.Said], length: Int, _ tape: Tape?
  ) -> Tensor {
    // h (segments, length, width)
    var h = embedded(said, [memory.shape[0], length, memory.shape[2]], tape)
      .dropout(dropout, tape)
    for layer in layers {
      h = h.recomputed(tape) { layer.forward($0, memory: memory, lengths: lengths, $1) }
    }
    return head.forward(norm.forward(h, tape), tape)
  }

  private func embedded(
    _ said: [TokenVocabulary.Said], _ shape: [Int], _ tape: Tape?
  ) -> Tensor {
    tokens.embedding(said.map(\.token), tape)
      .add(clock.embedding(said.map { $0.moment + 1 }, tape), tape).reshape(shape, tape)
  }

  /// What decoding keeps of a batch of sequences: the keys and values of the memory, and those of
  /// the tokens said so far.
  struct Cache {
    fileprivate var memory: [Tensor]
    fileprivate var past: [Tensor]
    fileprivate var lengths: [Int]
    fileprivate(set) var length = 0

    /// The sequences `parents` in their order, each as often as it is named.
    func chosen(_ parents: [Int]) -> Cache {
      var cache = self
      cache.past = past.map { $0.items(parents) }
      cache.memory = memory.map { $0.items(parents) }
      cache.lengths = parents.map { lengths[$0] }
      return cache
    }

    /// The same where sequences are exchanged only among those of one memory.
    mutating func exchange(_ parents: [Int]) {
      guard parents != Array(parents.indices) else { return }
      past = past.map { $0.items(parents) }
    }
  }

  func cache(memory: Tensor, lengths: [Int]) -> Cache {
    Cache(
      memory: layers.map { $0.hearing.kept(of: memory, nil) },
      past: layers.map { _ in
        Tensor([memory.shape[0], capacity, 2 * memory.shape[2]])
      },
      lengths: lengths)
  }

  /// One token more of every sequence: `said` (segments) -> logits (segments, vocabulary), row-major.
  func step(_ said: [TokenVocabulary.Said], _ cache: inout Cache) -> [Float] {
    // h (segments, 1, width)
    var h = embedded(said, [said.count, 1, tokens.shape[1]], nil)
    for (index, layer) in layers.enumerated() {
      h = layer.step(
        h, past: cache.past[index], at: cache.length, memory: cache.memory[index],
        lengths: cache.lengths)
    }
    cache.length += 1
    return head.forward(norm.forward(h, nil), nil).values
  }
}

/// Attention to the past, attention to the memory, hidden layer; each reads the normalised stream
/// and adds to it (Vaswani et al. 2017, the norms first).
private struct DecoderLayer {
  let recalling: MemoryAttention
  let hearing: MemoryAttention
  private let hidden: HiddenLayer
  private let dropout: BranchDropout

  init(_ name: String, _ p: Parameters, _ settings: Seq2SeqSettings) {
    let width = settings.encoder.width
    recalling = MemoryAttention(name + ".past", p, width: width, heads: settings.heads)
    hearing = MemoryAttention(name + ".memory", p, width: width, heads: settings.heads)
    hidden = HiddenLayer(name + ".hidden", p, width: width, hidden: settings.hidden)
    dropout = BranchDropout(values: settings.dropout, windows: 0)
  }

  /// x (segments, length, width) -> the same.
  func forward(_ x: Tensor, memory: Tensor, lengths: [Int], _ tape: Tape?) -> Tensor {
    let own = recalling.norm.forward(x, tape)
    var h = dropout.add(
      recalling.answer(own, to: recalling.kept(of: own, tape), causal: true, tape), to: x, tape)
    let heard = hearing.answer(
      hearing.norm.forward(h, tape), to: hearing.kept(of: memory, tape), lengths: lengths, tape)
    h = dropout.add(heard, to: h, tape)
    return hidden.add(to: h, dropout, tape)
  }

  /// The same for one token at the place `at`: x (segments, 1, width). Its keys and values are added
  /// to the past (segments, capacity, 2 * width); the memory's are made already.
  func step(_ x: Tensor, past: Tensor, at place: Int, memory: Tensor, lengths: [Int]) -> Tensor {
    let own = recalling.norm.forward(x, nil)
    past.writeRows(recalling.kept(of: own, nil), at: place)
    var h = x.add(
      recalling.answer(own, to: past, lengths: lengths.map { _ in place + 1 }, nil), nil)
    let heard = hearing.answer(hearing.norm.forward(h, nil), to: memory, lengths: lengths, nil)
    h = h.add(heard, nil)
    return hidden.add(to: h, dropout, nil)
  }
}

/// Attention of a stream to keys and values that were made of another, or of its own past.
private struct MemoryAttention {
  let norm: Norm
  private let heads: Int
  private let queries: Dense
  private let kept: Dense
  private let out: Dense

  init(_ name: String, _ p: Parameters, width: Int, heads: Int) {
    self.heads = heads
    norm = Norm(name + ".norm", p, width)
    queries = Dense(name + ".queries", p, out: width, in: width)
    kept = Dense(name + ".kept", p, out: 2 * width, in: width)
    out = Dense(name + ".out", p, out: width, in: width)
  }

  /// Keys and values (batch, rows, 2 * width) of x (batch, rows, width).
  func kept(of x: Tensor, _ tape: Tape?) -> Tensor { kept.forward(x, tape) }

  func answer(
    _ x: Tensor, to kept: Tensor, lengths: [Int]? = nil, causal: Bool = false, _ tape: Tape?
  ) -> Tensor {
    let heard = queries.forward(x, tape)
      .attend(to: kept, heads: heads, lengths: lengths, causal: causal, tape)
    return out.forward(heard, tape)
  }
}

extension Tensor {
  /// The items of a batch (items, rows, columns) by number.
  fileprivate func items(_ chosen: [Int]) -> Tensor {
    reshape([shape[0], shape[1] * shape[2]], nil).embedding(chosen, nil)
      .reshape([chosen.count, shape[1], shape[2]], nil)
  }

  /// Writes x (items, 1, columns) into row `row` of each item of this (items, rows, columns).
  fileprivate func writeRows(_ x: Tensor, at row: Int) {
    let (values, columns) = (x.values, shape[2])
    for item in 0..<shape[0] {
      write(
        Array(values[item * columns..<(item + 1) * columns]),
        at: (item * shape[1] + row) * columns)
    }
  }
}
