internal import DrumNet

extension GraphBuilder {
  /// ``CNNNetwork``: features (batch, frames, bins) -> logits (batch, frames, outputs).
  func cnn(_ s: CNNSettings, _ features: Value, bins: Int) -> Value {
    // h (batch, channels, frames, bins)
    var h = add("Unsqueeze", input(features), constant([1]))
    var (height, channels) = (bins, 1)
    for (index, out) in s.channels.enumerated() {
      let found = stem(h, "layers.\(index)", bins: height, in: channels, out: out, stride: 1)
      h = add(
        "MaxPool", channelsFirst(found),
        attributes: [
          "kernel_shape": .ints([1, s.pool]), "strides": .ints([1, s.pool]), "ceil_mode": .int(1),
        ])
      (height, channels) = ((height + s.pool - 1) / s.pool, out)
    }
    // The matrix over neighbouring frames is a convolution as high as all bins.
    let seen = 2 * s.contextFrames + 1
    let found = add(
      "Conv", input(h, of: "hidden.weight"),
      matrix("hidden.weight", as: [s.hidden, seen, height, channels], order: [0, 3, 1, 2]),
      weight("hidden.bias"),
      attributes: ["pads": .ints([s.contextFrames, 0, s.contextFrames, 0])])
    // rows (batch, frames, hidden)
    let rows = transpose(add("Squeeze", found, constant([3])), [0, 2, 1])
    return linear(gelu(rows), "head")
  }
}
