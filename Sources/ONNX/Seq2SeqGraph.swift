internal import DrumNet
internal import Protobuf

/// ``Seq2SeqNetwork`` in two graphs: what hears, which runs once, and what says the next token, which
/// runs for each.
extension GraphBuilder {
  /// What the decoder reads of a window, made once: the keys and values that each of its layers sees
  /// of each segment, (layers, segments, rows, 2 * width), and what is added to the scores of rows
  /// beyond the window's end, (segments, rows).
  func memory(_ network: Seq2SeqNetwork, of heard: Value) -> (memory: Value, mask: Value) {
    let (s, clock) = (network.settings, network.memoryClock)
    let (width, frame) = (s.encoder.width, s.encoder.framesPerToken)
    let (step, margin) = (s.segmentFrames / frame, s.marginFrames / frame)
    let rows = step + 2 * margin
    // Each segment begins inside the window, so that one more reaches beyond its end at most.
    let padded = add(
      "Pad", heard, constant([0, margin, 0, 0, rows, 0]), constant(Float(0)))
    // first (segments of a window, 1) and place (segments of a window, rows) in the padded stream
    let tokens = size(heard, 1)
    let count = add("Div", add("Add", tokens, constant([step - 1])), constant([step]))
    let first = add("Unsqueeze", add("Mul", range(count), constant([step])), constant([1]))
    let place = add("Add", first, constant(Array(0..<rows)))
    // part (batch, segments of a window, rows, width), then (segments, rows, width)
    let part = add("Gather", padded, place, attributes: ["axis": .int(1)])
    let placed = reshape(
      add("Add", part, constant("memory_clock", clock.values, clock.shape)), [-1, rows, width])
    let kept = (0..<s.layers).map { index in
      add("Unsqueeze", linear(placed, "decoder.layers.\(index).memory.kept"), constant([0]))
    }
    let isHeard = add("Less", place, add("Add", tokens, constant([margin])))
    let mask = add("Where", isHeard, constant(Float(0)), constant(-Float.infinity))
    // Every window of the batch has the same.
    let windows = add(
      "Concat", size(heard, 0), constant([1]), constant([1]), attributes: ["axis": .int(0)])
    let masks = add("Expand", add("Unsqueeze", mask, constant([0])), windows)
    return (
      add("Concat", kept, outputs: 1, ["axis": .int(0)])[0], reshape(masks, [-1, rows])
    )
  }

  /// One token more of every sequence: the logits of the next, (segments, vocabulary), from the last
  /// ones and the frames of the last shifts up to them (segments), the keys and values of the past
  /// (layers, segments, said, 2 * width), which come back with this token's, and those of the memory.
  func step(
    _ network: Seq2SeqNetwork, last: Value, moments: Value, past: Value, memory: Value, mask: Value
  ) -> (logits: Value, past: Value) {
    let (s, clock) = (network.settings, network.tokenClock)
    // The clock's first row stands for -1.
    let moment = add(
      "Gather", constant("token_clock", clock.values, clock.shape),
      add("Add", moments, constant([1])), attributes: ["axis": .int(0)])
    let token = add("Gather", weight("decoder.tokens.weight"), last, attributes: ["axis": .int(0)])
    // h (segments, 1, width), a row that sees all heads' rows of the memory that are heard
    var h = add("Unsqueeze", add("Add", token, moment), constant([1]))
    let seen = add("Unsqueeze", mask, constant([1, 2]))
    var grown: [Value] = []
    for index in 0..<s.layers {
      let layer = "decoder.layers.\(index)"
      let own = norm(h, layer + ".past.norm")
      let said = add(
        "Concat", item(index, of: past), linear(own, layer + ".past.kept"),
        attributes: ["axis": .int(1)])
      grown.append(add("Unsqueeze", said, constant([0])))
      h = add("Add", h, answer(own, to: said, nil, layer + ".past", s))
      let asked = norm(h, layer + ".memory.norm")
      h = add("Add", h, answer(asked, to: item(index, of: memory), seen, layer + ".memory", s))
      h = add("Add", h, hidden(h, layer + ".hidden"))
    }
    let logits = linear(norm(h, "decoder.norm"), "decoder.head")
    return (
      add("Squeeze", logits, constant([1])),
      add("Concat", grown, outputs: 1, ["axis": .int(0)])[0]
    )
  }

  /// x[index] of its first dimension.
  private func item(_ index: Int, of x: Value) -> Value {
    add(
      "Squeeze", add("Gather", x, constant([index]), attributes: ["axis": .int(0)]), constant([0]))
  }

  /// Attention of x (segments, 1, width) to keys and values side by side, (segments, rows, 2 *
  /// width).
  private func answer(
    _ x: Value, to kept: Value, _ mask: Value?, _ name: String, _ s: Seq2SeqSettings
  ) -> Value {
    let (width, size) = (s.encoder.width, s.encoder.width / s.heads)
    let sides = split(kept, axis: -1, [width, width])
    let heard = attended(
      queries: byHead(linear(x, name + ".queries"), s.heads, size),
      keys: byHead(sides[0], s.heads, size), values: byHead(sides[1], s.heads, size), mask: mask,
      heads: s.heads, size: size)
    return linear(heard, name + ".out")
  }

  /// What describes the memory between the graphs.
  static func memoryInterface(_ s: Seq2SeqSettings) -> [Message] {
    let rows = (s.segmentFrames + 2 * s.marginFrames) / s.encoder.framesPerToken
    return [
      interface(
        "memory",
        [("layers", s.layers), ("segments", nil), ("rows", rows), ("width", 2 * s.encoder.width)]),
      interface("memory_mask", [("segments", nil), ("rows", rows)]),
    ]
  }

  static func pastInterface(_ name: String, _ s: Seq2SeqSettings, length: String) -> Message {
    interface(
      name,
      [("layers", s.layers), ("segments", nil), (length, nil), ("width", 2 * s.encoder.width)])
  }
}
