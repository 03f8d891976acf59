internal import Protobuf

/// A number that arrays of a graph consist of, with the number that `onnx.proto` has for its type.
protocol TensorElement: BitwiseCopyable {
  static var elementType: UInt64 { get }
}

extension Float: TensorElement { static var elementType: UInt64 { 1 } }
extension UInt8: TensorElement { static var elementType: UInt64 { 2 } }
extension Int8: TensorElement { static var elementType: UInt64 { 3 } }
extension Int64: TensorElement { static var elementType: UInt64 { 7 } }

/// A constant array of a graph, or an array in a file of its own: `TensorProto`.
enum TensorMessage {
  /// Values stand as in memory, which is little-endian as the format wants it.
  static func make<Element: TensorElement>(
    _ name: String, _ values: [Element], _ shape: [Int]
  ) -> Message {
    var message = Message()
    for dimension in shape { message.add(1, int: dimension) }
    message.add(2, varint: Element.elementType)
    message.add(8, text: name)
    message.add(9, bytes: unsafe values.withUnsafeBytes { unsafe Array($0) })
    return message
  }
}
