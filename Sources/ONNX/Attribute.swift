internal import Protobuf

/// A constant of a node that is part of its operator, such as the stride of a convolution.
enum Attribute {
  case float(Float)
  case int(Int)
  case ints([Int])
  case text(String)

  /// `AttributeProto`; the last field is its type as `onnx.proto` numbers it.
  func message(named name: String) -> Message {
    var message = Message()
    message.add(1, text: name)
    switch self {
    case .float(let value):
      message.add(2, float: value)
      message.add(20, varint: 1)
    case .int(let value):
      message.add(3, int: value)
      message.add(20, varint: 2)
    case .text(let value):
      message.add(4, text: value)
      message.add(20, varint: 3)
    case .ints(let values):
      for value in values { message.add(8, int: value) }
      message.add(20, varint: 7)
    }
    return message
  }
}
