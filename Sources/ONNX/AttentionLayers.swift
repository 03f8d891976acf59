internal import Glibc

/// What the attentions over one sequence share: the turns of its positions, (tokens, angles) each,
/// and what is added to the scores of tokens too far apart to see each other.
struct TokenPositions {
  let cosines: Value
  let sines: Value
  let mask: Value?
}

extension GraphBuilder {
  /// Positions 0, 1, 2 ... of the tokens of x (..., tokens, width).
  func positions(of x: Value, size: Int, reach: Int? = nil) -> TokenPositions {
    // position (tokens, 1)
    let position = count(x, dimension: -2)
    let turning = frequencies(size / 2)
    let angles = add("Mul", position, constant(turning))
    return TokenPositions(
      cosines: add("Cos", angles), sines: add("Sin", angles),
      mask: reach.map { mask(position, reach: $0) })
  }

  /// Positions on the grid of x (batch, times, bands, width), bands of one time side by side: half
  /// of each head turns with the time, half with the band.
  func positions(ofGrid x: Value, bands: Int, size: Int) -> TokenPositions {
    let quarter = size / 4
    let still = [Float](repeating: 0, count: quarter)
    let turning = frequencies(quarter)
    // byTime (times, 1, 2 * quarter) and byBand (bands, 2 * quarter) are zero where the other turns
    let times = add("Unsqueeze", count(x, dimension: 1), constant([1]))
    let byTime = add("Mul", times, constant(turning + still))
    let byBand = constant(
      "band_angles",
      (0..<bands).flatMap { band in still + turning.map { $0 * Float(band) } },
      [bands, 2 * quarter])
    let angles = reshape(add("Add", byTime, byBand), [-1, 2 * quarter])
    return TokenPositions(cosines: add("Cos", angles), sines: add("Sin", angles), mask: nil)
  }

  /// Attention of the normalised x (..., tokens, width) to itself; x has `rank` dimensions.
  func attention(
    _ x: Value, _ name: String, width: Int, heads: Int, _ positions: TokenPositions, rank: Int = 3
  ) -> Value {
    let qkv = linear(norm(x, name + ".norm"), name + ".qkv")
    return linear(heard(qkv, width: width, heads: heads, positions, rank: rank), name + ".out")
  }

  /// qkv (..., tokens, 3 * width: queries, keys, values) -> (..., tokens, width).
  func heard(
    _ qkv: Value, width: Int, heads: Int, _ positions: TokenPositions, rank: Int = 3
  ) -> Value {
    let size = width / heads
    let parts = split(qkv, axis: -1, [2 * width, width])
    let turned = turn(byHead(parts[0], 2 * heads, size, rank: rank), size, positions)
    let sides = split(turned, axis: rank - 2, [heads, heads])
    return attended(
      queries: sides[0], keys: sides[1], values: byHead(parts[1], heads, size, rank: rank),
      mask: positions.mask, heads: heads, size: size, rank: rank)
  }

  /// x (..., tokens, heads * size) with `rank` dimensions -> (..., heads, tokens, size).
  func byHead(_ x: Value, _ heads: Int, _ size: Int, rank: Int = 3) -> Value {
    let kept = [Int](repeating: 0, count: rank - 2)
    return transpose(reshape(x, kept + [-1, heads, size]), exchange(rank))
  }

  private func exchange(_ rank: Int) -> [Int] {
    Array(0..<rank - 2) + [rank - 1, rank - 2, rank]
  }

  /// queries (..., heads, tokens, size), keys and values (..., heads, others, size); the mask is
  /// added to scores (..., heads, tokens, others) -> (..., tokens, heads * size).
  func attended(
    queries: Value, keys: Value, values: Value, mask: Value?, heads: Int, size: Int, rank: Int = 3
  ) -> Value {
    let turnedKeys = transpose(keys, Array(0..<rank - 1) + [rank, rank - 1])
    var scores = add(
      "Mul", add("MatMul", queries, turnedKeys), constant(1 / Float(size).squareRoot()))
    if let mask { scores = add("Add", scores, mask) }
    let weights = add("Softmax", scores, attributes: ["axis": .int(-1)])
    let sum = transpose(add("MatMul", weights, values), exchange(rank))
    return reshape(sum, [Int](repeating: 0, count: rank - 1) + [heads * size])
  }

  /// How far each pair of values turns from one position to the next, in radians.
  private func frequencies(_ count: Int) -> [Float] {
    (0..<count).map { Float(pow(10_000, -Double($0) / Double(count))) }
  }

  /// Rotary positions (Su et al. 2021): the halves of x (..., tokens, size) turned against each
  /// other.
  private func turn(_ x: Value, _ size: Int, _ positions: TokenPositions) -> Value {
    let halves = split(x, axis: -1, [size / 2, size / 2])
    let (a, b) = (halves[0], halves[1])
    let first = add("Sub", add("Mul", a, positions.cosines), add("Mul", b, positions.sines))
    let second = add("Add", add("Mul", b, positions.cosines), add("Mul", a, positions.sines))
    return add("Concat", first, second, attributes: ["axis": .int(-1)])
  }

  /// 0, 1, 2 ... as (n, 1) for the n entries of one dimension of x.
  private func count(_ x: Value, dimension: Int) -> Value {
    let floats = add("Cast", range(size(x, dimension)), attributes: ["to": .int(1)])
    return add("Unsqueeze", floats, constant([1]))
  }

  /// The entries of one dimension of x, a whole number in a row of its own.
  func size(_ x: Value, _ dimension: Int) -> Value {
    add("Shape", x, attributes: ["start": .int(dimension), "end": .int(dimension + 1)])
  }

  /// 0, 1, 2 ... before `end`, which is a row of one number.
  func range(_ end: Value) -> Value {
    let ends = [constant([0]), end, constant([1])]
    return add("Range", ends.map { add("Squeeze", $0, constant([0])) }, outputs: 1)[0]
  }

  /// position (tokens, 1) -> (tokens, tokens): 0 where two tokens see each other.
  private func mask(_ position: Value, reach: Int) -> Value {
    let distance = add("Abs", add("Sub", position, transpose(position, [1, 0])))
    let near = add("LessOrEqual", distance, constant(Float(reach)))
    return add("Where", near, constant(Float(0)), constant(-Float.infinity))
  }
}
