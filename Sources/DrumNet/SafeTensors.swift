internal import FoundationEssentials
package import TensorCore

/// A file of named Float32 tensors in the safetensors format, which Python opens too: eight bytes
/// of header length, a JSON header with each tensor's type, shape and place, then the values.
/// <https://github.com/huggingface/safetensors#format>
package struct SafeTensors {
  /// Free text by key; our own files keep JSON here.
  package var metadata: [String: String] = [:]
  package private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  package init() {}

  package subscript(name: String) -> Tensor? { tensors[name] }

  /// Adds a tensor; a later one of the same name takes its place.
  package mutating func add(_ name: String, _ tensor: Tensor) {
    if tensors.updateValue(tensor, forKey: name) == nil { names.append(name) }
  }

  /// One tensor's line in the header.
  private struct Entry: Codable {
    let dtype: String
    let shape: [Int]
    /// First byte and the one after the last, counted from the header's end.
    let offsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// The header mixes one object of strings with many of ``Entry``.
  private struct Header: Codable {
    var metadata: [String: String] = [:]
    var entries: [String: Entry] = [:]

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    private static let metadataKey = Key(stringValue: "__metadata__")

    init() {}

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if key.stringValue == Self.metadataKey.stringValue {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      if !metadata.isEmpty { try container.encode(metadata, forKey: Self.metadataKey) }
      for (name, entry) in entries { try container.encode(entry, forKey: Key(stringValue: name)) }
    }
  }

  // MARK: Reading

  package init(contentsOf path: String) throws(ModelError) {
    let bytes = try FileBytes.read(path)
    func broken(_ cause: String) -> ModelError { ModelError(path: path, cause: cause) }
    guard bytes.count >= 8 else { throw broken("is too short to be a model file") }
    let length = bytes[..<8].enumerated().reduce(UInt64(0)) {
      $0 | UInt64($1.element) << (8 * UInt64($1.offset))
    }
    // The format's own limit for a header, which foreign files exceed at once.
    guard length <= 100_000_000 else { throw broken("is not a model file (safetensors)") }
    let start = 8 + Int(length)
    guard start <= bytes.count else {
      throw broken("ends inside its header: it is cut short or not a model file")
    }
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<start]))
    } catch {
      throw broken("is not a model file (its header is not that of a safetensors file)")
    }
    metadata = header.metadata
    let ordered = header.entries.sorted {
      ($0.value.offsets.first ?? 0, $0.key) < ($1.value.offsets.first ?? 0, $1.key)
    }
    let end = header.entries.values.reduce(0) { max($0, $1.offsets.last ?? 0) }
    guard end >= bytes.count - start else {
      throw broken("holds \(bytes.count - start - end) bytes more than its header describes")
    }
    for (name, entry) in ordered {
      add(name, try Self.tensor(name, entry, in: bytes, from: start, path: path))
    }
  }

  private static func tensor(
    _ name: String, _ entry: Entry, in bytes: [UInt8], from start: Int, path: String
  ) throws(ModelError) -> Tensor {
    guard entry.dtype == "F32" else {
      throw ModelError(path: path, cause: "holds \(name) as \(entry.dtype) instead of F32")
    }
    var count = 1
    for dimension in entry.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else {
        throw ModelError(path: path, cause: "gives \(name) an impossible shape \(entry.shape)")
      }
      count = product
    }
    let offsets = entry.offsets
    guard offsets.count == 2, offsets[0] >= 0, offsets[1] >= offsets[0],
      (offsets[1] - offsets[0]) / 4 == count, (offsets[1] - offsets[0]) % 4 == 0
    else {
      throw ModelError(path: path, cause: "places \(name) at bytes that do not fit its shape")
    }
    guard offsets[1] <= bytes.count - start else {
      throw ModelError(path: path, cause: "is cut short: \(name) lies beyond its end")
    }
    let tensor = Tensor(bytes: bytes[(start + offsets[0])..<(start + offsets[1])], entry.shape)
    guard tensor.isFinite else {
      throw ModelError(path: path, cause: "holds values in \(name) that are not numbers")
    }
    return tensor
  }

  // MARK: Writing

  /// Writes beside the file, then takes its place: a crash or a full disk leaves the old one whole.
  package func write(to path: String) throws(ModelError) {
    var header = Header()
    header.metadata = metadata
    var end = 0
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let next = end + tensor.count * MemoryLayout<Float>.size
      header.entries[name] = Entry(dtype: "F32", shape: tensor.shape, offsets: [end, next])
      end = next
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(header) else {
      throw ModelError(path: path, cause: "cannot be written: its header does not encode")
    }
    // Spaces to a multiple of eight, so that the values are aligned for readers that map the file.
    let padding = (8 - json.count % 8) % 8
    let length = UInt64(json.count + padding)
    var bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
    bytes.reserveCapacity(8 + Int(length) + end)
    bytes += json
    bytes += [UInt8](repeating: 0x20, count: padding)
    for name in names {
      tensors[name]?.appendBytes(to: &bytes)
    }
    try FileBytes.replace(path, with: bytes)
  }
}
