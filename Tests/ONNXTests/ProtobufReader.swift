/// The fields of a protobuf message, for tests: what the writer under test should have written.
struct ProtobufReader {
  enum Field: Equatable {
    case varint(UInt64)
    case fixed([UInt8])
    case bytes([UInt8])
  }

  private(set) var fields: [(number: UInt64, value: Field)] = []

  init(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let key = try Self.varint(&rest)
      switch key & 7 {
      case 0: fields.append((key >> 3, .varint(try Self.varint(&rest))))
      case 1: fields.append((key >> 3, .fixed(try Self.take(8, &rest))))
      case 2:
        let count = Int(try Self.varint(&rest))
        fields.append((key >> 3, .bytes(try Self.take(count, &rest))))
      case 5: fields.append((key >> 3, .fixed(try Self.take(4, &rest))))
      default: throw Broken()
      }
    }
  }

  /// The messages in all fields of this number.
  func messages(_ number: UInt64) throws -> [ProtobufReader] {
    try bytes(number).map { try ProtobufReader($0) }
  }

  func texts(_ number: UInt64) -> [String] {
    bytes(number).map { String(decoding: $0, as: UTF8.self) }
  }

  func numbers(_ number: UInt64) -> [UInt64] {
    fields.compactMap {
      if case .varint(let value) = $0.value, $0.number == number { value } else { nil }
    }
  }

  func bytes(_ number: UInt64) -> [[UInt8]] {
    fields.compactMap {
      if case .bytes(let value) = $0.value, $0.number == number { value } else { nil }
    }
  }

  struct Broken: Error {}

  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
    guard count <= rest.count else { throw Broken() }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw Broken() }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Broken()
  }
}
