import Foundation
import Protobuf

/// A TensorBoard event file: framed, checksummed protobuf messages, of which this writes scalars and
/// pictures. <https://github.com/tensorflow/tensorboard>, `event.proto`, `summary.proto`,
/// `record_writer.h`.
struct EventFile {
  enum Value {
    case scalar(Double)
    /// An encoded picture and its size in pixels.
    case picture(png: [UInt8], width: Int, height: Int)
  }

  private let path: String

  /// A new file in `folder`; TensorBoard reads all of a folder's files as one run.
  init(folder: String, time: Double = Date().timeIntervalSince1970) throws {
    path = "\(folder)/events.out.tfevents.\(Int(time)).\(ProcessInfo.processInfo.processIdentifier)"
    var event = Message()
    event.add(1, double: time)
    event.add(3, bytes: Array("brain.Event:2".utf8))
    try Data(Self.record(event.bytes)).write(to: URL(filePath: path))
  }

  /// Appends one event with its values.
  func append(
    step: Int, _ values: [(tag: String, value: Value)],
    time: Double = Date().timeIntervalSince1970
  ) throws {
    var summary = Message()
    for (tag, value) in values {
      var entry = Message()
      entry.add(1, bytes: Array(tag.utf8))
      switch value {
      case .scalar(let number): entry.add(2, float: Float(number))
      case .picture(let png, let width, let height):
        var image = Message()
        image.add(1, varint: UInt64(height))
        image.add(2, varint: UInt64(width))
        image.add(3, varint: 3)  // colours: red, green, blue
        image.add(4, bytes: png)
        entry.add(4, bytes: image.bytes)
      }
      summary.add(1, bytes: entry.bytes)
    }
    var event = Message()
    event.add(1, double: time)
    event.add(2, varint: UInt64(step))
    event.add(5, bytes: summary.bytes)
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    defer { try? handle.close() }
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(Self.record(event.bytes)))
  }

  /// Length, its checksum, the message, its checksum; little-endian.
  private static func record(_ message: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(message.count))
    return length + littleEndian(CRC32C.masked(length)) + message
      + littleEndian(CRC32C.masked(message))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// The checksum of iSCSI (RFC 3720) with Castagnoli's polynomial.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
    }
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
  }

  /// As records carry it: a checksum of data that holds checksums would be worth less.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let crc = of(bytes)
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }
}
