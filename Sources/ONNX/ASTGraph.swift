internal import DrumNet

extension GraphBuilder {
  /// ``ASTNetwork``: features (batch, frames, bins) -> logits (batch, frames, outputs).
  func ast(_ s: ASTSettings, _ features: Value, bins: Int, outputs: Int) -> Value {
    let bands = (bins + s.strideBins - 1) / s.strideBins
    // What a patch is larger than its step lies half to each side, the rest of bins at the end.
    let (top, left) = ((s.patchFrames - s.strideFrames) / 2, (s.patchBins - s.strideBins) / 2)
    let bottom = s.patchFrames - s.strideFrames - top
    let right = (bands - 1) * s.strideBins + s.patchBins - bins - left
    // patches (batch, width, times, bands)
    let patches = add(
      "Conv", input(add("Unsqueeze", input(features), constant([1])), of: "embedding.weight"),
      matrix("embedding.weight", as: [s.width, 1, s.patchFrames, s.patchBins]),
      weight("embedding.bias"),
      attributes: [
        "pads": .ints([top, left, bottom, right]),
        "strides": .ints([s.strideFrames, s.strideBins]),
      ])
    let grid = add(
      "Add", transpose(patches, [0, 2, 3, 1]), weight("bands.weight", as: [bands, s.width]))
    let positions = positions(ofGrid: grid, bands: bands, size: s.width / s.heads)
    // h (batch, times * bands, width)
    var h = reshape(grid, [0, -1, s.width])
    for index in 0..<s.layers {
      let layer = "layers.\(index)"
      h = add(
        "Add", h,
        attention(h, layer + ".attention", width: s.width, heads: s.heads, positions))
      h = add("Add", h, hidden(h, layer + ".hidden"))
    }
    let side = reshape(norm(h, "norm"), [0, -1, bands * s.width])
    return reshape(linear(side, "head"), [0, -1, outputs])
  }
}
