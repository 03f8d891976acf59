internal import Protobuf

/// A constant array of a graph, or an array in a file of its own: `TensorProto`.
enum TensorMessage {
  /// Element types as `onnx.proto` numbers them.
  enum Element: UInt64 {
    case float = 1
    case uint8 = 2
    case int8 = 3
    case int32 = 6
    case int64 = 7
  }

  static func make(_ name: String, _ values: [Float], _ shape: [Int]) -> Message {
    message(name, .float, shape, raw(values))
  }

  static func make(_ name: String, _ values: [Int64], _ shape: [Int]) -> Message {
    message(name, .int64, shape, raw(values))
  }

  private static func message(
    _ name: String, _ element: Element, _ shape: [Int], _ raw: [UInt8]
  ) -> Message {
    var message = Message()
    for dimension in shape { message.add(1, int: dimension) }
    message.add(2, varint: element.rawValue)
    message.add(8, text: name)
    message.add(9, bytes: raw)
    return message
  }

  /// Values as they stand in memory, which is little-endian as the format wants it.
  private static func raw<Value>(_ values: [Value]) -> [UInt8] {
    unsafe values.withUnsafeBytes { unsafe Array($0) }
  }
}
