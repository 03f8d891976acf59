import Protobuf
import Testing

@Suite("Protobuf messages stand as the format wants them")
struct MessageTests {
  /// The examples of the format's own description.
  @Test("numbers, texts and messages inside messages")
  func examples() {
    var inner = Message()
    inner.add(1, varint: 150)
    #expect(inner.bytes == [0x08, 0x96, 0x01])
    var outer = Message()
    outer.add(2, text: "testing")
    outer.add(3, message: inner)
    #expect(outer.bytes == [0x12, 0x07] + Array("testing".utf8) + [0x1A, 0x03, 0x08, 0x96, 0x01])
  }

  @Test("a number below zero takes ten bytes; floats are little-endian")
  func numbers() {
    var message = Message()
    message.add(1, int: -2)
    message.add(2, float: 1)
    message.add(3, double: -2)
    message.add(16, int: 1)
    #expect(
      message.bytes == [0x08, 0xFE] + [UInt8](repeating: 0xFF, count: 8) + [0x01]
        + [0x15, 0, 0, 0x80, 0x3F] + [0x19, 0, 0, 0, 0, 0, 0, 0, 0xC0] + [0x80, 0x01, 0x01])
  }
}
