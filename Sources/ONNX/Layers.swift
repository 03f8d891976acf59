/// The layers that the networks share, as nodes of opset 20.
extension GraphBuilder {
  /// x (..., in) -> (..., out).
  func linear(_ x: Value, _ name: String) -> Value {
    // MatMul wants the weight as (in, out).
    let weight = name + ".weight"
    let product = add("MatMul", input(x, of: weight), matrix(weight, order: [1, 0]))
    return add("Add", product, self.weight(name + ".bias"))
  }

  /// Layer normalisation of the last dimensions of x, which have the sizes `shape`; the last one
  /// alone where nothing is said.
  func norm(_ x: Value, _ name: String, over shape: [Int]? = nil) -> Value {
    add(
      "LayerNormalization", x, weight(name + ".scale", as: shape),
      weight(name + ".shift", as: shape),
      attributes: ["axis": .int(-(shape?.count ?? 1)), "epsilon": .float(1e-5)])
  }

  func gelu(_ x: Value) -> Value { add("Gelu", x, attributes: ["approximate": .text("tanh")]) }

  func silu(_ x: Value) -> Value { add("Mul", x, add("Sigmoid", x)) }

  /// 0 keeps the dimension in that place, -1 stands for what is left.
  func reshape(_ x: Value, _ shape: [Int]) -> Value { add("Reshape", x, constant(shape)) }

  func transpose(_ x: Value, _ order: [Int]) -> Value {
    add("Transpose", x, attributes: ["perm": .ints(order)])
  }

  func split(_ x: Value, axis: Int, _ sizes: [Int]) -> [Value] {
    add("Split", [x, constant(sizes)], outputs: sizes.count, ["axis": .int(axis)])
  }

  /// The learned map of each bin: features (batch, frames, bins) -> the same.
  func input(_ features: Value) -> Value {
    add("Add", add("Mul", features, weight("input.scale")), weight("input.shift"))
  }

  /// A 3x3 convolution and the norm of each of its frames: x (batch, in, frames, bins) -> channels
  /// last (batch, frames, ceil(bins / stride), out).
  func stem(_ x: Value, _ name: String, bins: Int, in channels: Int, out: Int, stride: Int) -> Value
  {
    let found = add(
      "Conv", x, weight(name + ".weight", as: [out, 3, 3, channels], order: [0, 3, 1, 2]),
      weight(name + ".bias"),
      attributes: ["pads": .ints([1, 1, 1, 1]), "strides": .ints([1, stride])])
    let rows = transpose(found, [0, 2, 3, 1])
    return gelu(norm(rows, name + ".norm", over: [(bins + stride - 1) / stride, out]))
  }

  /// (batch, frames, bins, channels) -> (batch, channels, frames, bins).
  func channelsFirst(_ x: Value) -> Value { transpose(x, [0, 3, 1, 2]) }

  /// A wider layer between two matrices: x (..., width) -> the same.
  func hidden(_ x: Value, _ name: String) -> Value {
    linear(gelu(linear(norm(x, name + ".norm"), name + ".in")), name + ".out")
  }
}
