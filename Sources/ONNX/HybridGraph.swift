internal import DrumNet

extension GraphBuilder {
  /// ``HybridNetwork``: features (batch, frames, bins) -> logits (batch, frames, outputs).
  func hybrid(_ s: HybridSettings, _ features: Value, bins: Int, outputs: Int) -> Value {
    answers(heard(s, features, bins: bins), outputs: outputs)
  }

  /// heard (batch, tokens, width) -> logits (batch, frames, outputs).
  func answers(_ heard: Value, outputs: Int) -> Value {
    reshape(linear(heard, "head"), [0, -1, outputs])
  }

  /// The normalised stream before the head: (batch, tokens, width).
  func heard(_ s: HybridSettings, _ features: Value, bins: Int) -> Value {
    // h (batch, channels, frames, bins), after the stem (batch, frames, bins, channels)
    var h = add("Unsqueeze", input(features), constant([1]))
    var (height, channels) = (bins, 1)
    for (index, out) in s.stemChannels.enumerated() {
      if index > 0 { h = channelsFirst(h) }
      h = stem(h, "stem.\(index)", bins: height, in: channels, out: out, stride: 2)
      (height, channels) = ((height + 1) / 2, out)
    }
    if let cross = s.crossAttention { h = crossed(h, cross, channels: channels) }
    // h (batch, tokens, width)
    h = linear(reshape(h, [0, -1, s.framesPerToken * height * channels]), "fold")
    let positions = positions(of: h, size: s.width / s.heads, reach: s.attentionReach)
    let groups = s.coarseTokens.map { group in
      let folded = reshape(h, [0, -1, group * s.width])
      return self.positions(of: folded, size: s.width / s.heads)
    }
    for index in 0..<s.blocks {
      let block = "blocks.\(index)"
      h = add(
        "Add", h,
        attention(h, block + ".attention", width: s.width, heads: s.heads, positions))
      if let group = s.coarseTokens, let groups {
        h = add("Add", h, coarse(h, block + ".coarse", s, group: group, groups))
      }
      h = add("Add", h, convolution(h, block + ".convolution", s))
      h = add("Add", h, hidden(h, block + ".hidden"))
    }
    return norm(h, "norm")
  }

  /// Gated convolution over time: x (batch, tokens, width) -> the same.
  private func convolution(_ x: Value, _ name: String, _ s: HybridSettings) -> Value {
    let (width, taps) = (s.width, s.convolutionTaps)
    let gate = split(linear(norm(x, name + ".norm"), name + ".gate"), axis: -1, [width, width])
    let gated = transpose(add("Mul", gate[0], add("Sigmoid", gate[1])), [0, 2, 1])
    // The weight (taps, width) as (width, 1, taps).
    let near = add(
      "Conv", gated, weight(name + ".taps.weight", as: [taps, 1, width], order: [2, 1, 0]),
      weight(name + ".taps.bias"),
      attributes: ["group": .int(width), "pads": .ints([taps / 2, taps / 2])])
    let normed = norm(transpose(near, [0, 2, 1]), name + ".inner")
    return linear(silu(normed), name + ".out")
  }

  /// Attention between groups of tokens: x (batch, tokens, width) -> the same.
  private func coarse(
    _ x: Value, _ name: String, _ s: HybridSettings, group: Int, _ positions: TokenPositions
  ) -> Value {
    let folded = reshape(norm(x, name + ".norm"), [0, -1, group * s.width])
    let qkv = linear(linear(folded, name + ".fold"), name + ".qkv")
    let heard = heard(qkv, width: s.width, heads: s.heads, positions)
    return reshape(linear(heard, name + ".out"), [0, -1, s.width])
  }

  /// Attention across the bands of a frame, then along each band: x (batch, frames, bands, channels)
  /// -> the same.
  private func crossed(_ x: Value, _ s: CrossAttentionSettings, channels: Int) -> Value {
    let swap = [0, 2, 1, 3]
    let size = channels / s.heads
    let bands = positions(of: x, size: size)
    let times = positions(of: transpose(x, swap), size: size, reach: s.reach)
    var h = x
    for index in 0..<s.blocks {
      let name = "cross.\(index)"
      let across = attention(
        h, name + ".bands", width: channels, heads: s.heads, bands, rank: 4)
      let lines = transpose(add("Add", h, across), swap)
      let along = attention(
        lines, name + ".time", width: channels, heads: s.heads, times, rank: 4)
      h = transpose(add("Add", lines, along), swap)
    }
    return h
  }
}
