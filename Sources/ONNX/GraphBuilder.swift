internal import Protobuf
internal import TensorCore

/// The output of a node, an input of the graph or a constant, by its name.
struct Value: Hashable {
  let name: String
}

/// A graph in the making. Each call adds nodes and returns what they compute, so that a network's
/// graph reads like its `forward`; weights are constants under the names that they have with us.
final class GraphBuilder {
  private let parameters: Parameters
  /// What each matrix is multiplied by lies there, by the matrix' name; empty where the products are
  /// Float32.
  let inputRanges: [String: ClosedRange<Float>]
  private var nodes: [Message] = []
  private var constants: [Message] = []
  /// Shapes and the like, which many nodes share.
  private var integers: [[Int]: Value] = [:]
  private var numbers: [[Float]: Value] = [:]
  private var steps: [UInt8: Value] = [:]
  /// How often each operator was used, for names.
  private var uses: [String: Int] = [:]

  init(parameters: Parameters, inputRanges: [String: ClosedRange<Float>] = [:]) {
    self.parameters = parameters
    self.inputRanges = inputRanges
  }

  // MARK: Nodes

  /// One node with several outputs.
  func add(
    _ operation: String, _ inputs: [Value], outputs count: Int,
    _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> [Value] {
    let name = "\(operation)_\(uses[operation, default: 0])"
    uses[operation, default: 0] += 1
    let outputs = (0..<count).map { Value(name: count == 1 ? name : "\(name)_\($0)") }
    append(operation, named: name, inputs, outputs, attributes)
    return outputs
  }

  /// One node.
  func add(
    _ operation: String, _ inputs: Value..., attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> Value {
    add(operation, inputs, outputs: 1, attributes)[0]
  }

  /// Gives `value` a name of the graph's interface.
  func output(_ value: Value, named name: String) {
    append("Identity", named: name + "_output", [value], [Value(name: name)], [:])
  }

  /// `NodeProto`.
  private func append(
    _ operation: String, named name: String, _ inputs: [Value], _ outputs: [Value],
    _ attributes: KeyValuePairs<String, Attribute>
  ) {
    var node = Message()
    for input in inputs { node.add(1, text: input.name) }
    for output in outputs { node.add(2, text: output.name) }
    node.add(3, text: name)
    node.add(4, text: operation)
    for (key, attribute) in attributes { node.add(5, message: attribute.message(named: key)) }
    nodes.append(node)
  }

  // MARK: Constants

  func constant<Element: TensorElement>(
    _ name: String, _ values: [Element], _ shape: [Int]
  ) -> Value {
    constants.append(TensorMessage.make(name, values, shape))
    return Value(name: name)
  }

  /// Whole numbers in a row: shapes, axes, sizes.
  func constant(_ values: [Int]) -> Value {
    if let known = integers[values] { return known }
    let name = "integers_\(integers.count)"
    constants.append(TensorMessage.make(name, values.map(Int64.init), [values.count]))
    integers[values] = Value(name: name)
    return Value(name: name)
  }

  /// A step of 256, without a shape: where the zero of quantised values lies.
  func constant(_ value: UInt8) -> Value {
    if let known = steps[value] { return known }
    let made = constant("step_\(value)", [value], [])
    steps[value] = made
    return made
  }

  /// One number, without a shape.
  func constant(_ value: Float) -> Value { shared([value], []) }

  /// Numbers in a row.
  func constant(_ values: [Float]) -> Value { shared(values, [values.count]) }

  private func shared(_ values: [Float], _ shape: [Int]) -> Value {
    let key = values + shape.map(Float.init)
    if let known = numbers[key] { return known }
    let made = constant("numbers_\(numbers.count)", values, shape)
    numbers[key] = made
    return made
  }

  // MARK: Weights

  /// A weight, which the network must have: its graph was written from its description.
  func tensor(_ name: String) -> Tensor {
    guard let tensor = parameters[name] else { preconditionFailure("there are no weights \(name)") }
    return tensor
  }

  /// A weight as a constant, read as `shape` and then with its dimensions in another order.
  func weight(_ name: String, as shape: [Int]? = nil, order: [Int]? = nil) -> Value {
    let tensor = tensor(name)
    let shape = shape ?? tensor.shape
    guard let order else { return constant(name, tensor.values, shape) }
    return constant(name, permuted(tensor.values, shape, order), order.map { shape[$0] })
  }

  // MARK: The whole

  /// `GraphProto`.
  func message(name: String, inputs: [Message], outputs: [Message]) -> Message {
    var graph = Message()
    for node in nodes { graph.add(1, message: node) }
    graph.add(2, text: name)
    for constant in constants { graph.add(5, message: constant) }
    for input in inputs { graph.add(11, message: input) }
    for output in outputs { graph.add(12, message: output) }
    return graph
  }

  /// `ValueInfoProto` of an array; a dimension without a number varies from run to run.
  static func interface(
    _ name: String, _ shape: [(name: String, size: Int?)],
    of element: any TensorElement.Type = Float.self
  ) -> Message {
    var dimensions = Message()
    for (name, size) in shape {
      var dimension = Message()
      if let size { dimension.add(1, int: size) } else { dimension.add(2, text: name) }
      dimensions.add(1, message: dimension)
    }
    var tensor = Message()
    tensor.add(1, varint: element.elementType)
    tensor.add(2, message: dimensions)
    var type = Message()
    type.add(1, message: tensor)
    var value = Message()
    value.add(1, text: name)
    value.add(2, message: type)
    return value
  }
}

/// `values` of `shape` with dimension `order[i]` where dimension i was.
func permuted<Element>(_ values: [Element], _ shape: [Int], _ order: [Int]) -> [Element] {
  precondition(values.count == shape.reduce(1, *) && order.sorted() == Array(shape.indices))
  var strides = [Int](repeating: 1, count: shape.count)
  for i in shape.indices.dropLast().reversed() { strides[i] = strides[i + 1] * shape[i + 1] }
  let (sizes, steps) = (order.map { shape[$0] }, order.map { strides[$0] })
  var result: [Element] = []
  result.reserveCapacity(values.count)
  var index = [Int](repeating: 0, count: shape.count)
  var at = 0
  for _ in values {
    result.append(values[at])
    for d in sizes.indices.reversed() {
      index[d] += 1
      at += steps[d]
      if index[d] < sizes[d] { break }
      at -= steps[d] * sizes[d]
      index[d] = 0
    }
  }
  return result
}
