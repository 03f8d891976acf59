/// A protobuf message in the making: fields in the order in which they are added.
/// <https://protobuf.dev/programming-guides/encoding>
package struct Message: Sendable {
  /// The message as it stands in a file, or as a field of another one.
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// An unsigned number, a flag or the value of an enumeration.
  package mutating func add(_ field: UInt64, varint value: UInt64) {
    key(field, .varint)
    append(varint: value)
  }

  /// A number of the type `int64`, which takes ten bytes where it is negative.
  package mutating func add(_ field: UInt64, int value: Int) {
    add(field, varint: UInt64(bitPattern: Int64(value)))
  }

  package mutating func add(_ field: UInt64, double value: Double) {
    key(field, .eightBytes)
    append(littleEndian: value.bitPattern)
  }

  package mutating func add(_ field: UInt64, float value: Float) {
    key(field, .fourBytes)
    append(littleEndian: value.bitPattern)
  }

  package mutating func add(_ field: UInt64, bytes value: [UInt8]) {
    key(field, .counted)
    append(varint: UInt64(value.count))
    bytes += value
  }

  package mutating func add(_ field: UInt64, text: String) { add(field, bytes: Array(text.utf8)) }

  package mutating func add(_ field: UInt64, message: Message) { add(field, bytes: message.bytes) }

  /// How many bytes a field's value has.
  private enum WireType: UInt64 {
    case varint = 0
    case eightBytes = 1
    case counted = 2
    case fourBytes = 5
  }

  private mutating func key(_ field: UInt64, _ type: WireType) {
    append(varint: field << 3 | type.rawValue)
  }

  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func append(littleEndian value: some FixedWidthInteger) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}
