internal import FoundationEssentials
package import TensorCore

/// A file of named Float32 tensors in the safetensors format, which Python opens too: eight bytes
/// of header length, a JSON header with each tensor's type, shape and place, then the values.
/// <https://github.com/huggingface/safetensors#format>
///
/// A quantised matrix stands there as int8, with `.scales` (outputs) beside it under its name, and
/// `.inputs` (2), the range of what it is multiplied by, where that is known.
package struct SafeTensors {
  /// Free text by key; our own files keep JSON here.
  package var metadata: [String: String] = [:]
  package private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]
  /// What mapped tensors lie in.
  private(set) var mapping: FileMapping?

  package init() {}

  package subscript(name: String) -> Tensor? { tensors[name] }

  /// Adds a tensor; a later one of the same name takes its place.
  package mutating func add(_ name: String, _ tensor: Tensor) {
    if tensors.updateValue(tensor, forKey: name) == nil { names.append(name) }
  }

  /// The header mixes one object of strings with many of ``TensorEntry``.
  private struct Header: Codable {
    var metadata: [String: String] = [:]
    var entries: [String: TensorEntry] = [:]

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
          entries[key.stringValue] = try container.decode(TensorEntry.self, forKey: key)
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

  /// - Parameter isMapped: leaves large tensors where the file is, for inference; what is trained
  ///   wants memory of its own.
  package init(contentsOf path: String, isMapped: Bool = false) throws(ModelError) {
    let mapping = try FileMapping(path)
    let bytes = unsafe UnsafeRawBufferPointer(mapping.bytes)
    func broken(_ cause: String) -> ModelError { ModelError(path: path, cause: cause) }
    guard bytes.count >= 8 else { throw broken("is too short to be a model file") }
    let length = unsafe UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    // The format's own limit for a header, which foreign files exceed at once.
    guard length <= 100_000_000 else { throw broken("is not a model file (safetensors)") }
    let start = 8 + Int(length)
    guard start <= bytes.count else {
      throw broken("ends inside its header: it is cut short or not a model file")
    }
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: unsafe Data(bytes[8..<start]))
    } catch {
      throw broken("is not a model file (its header is not that of a safetensors file)")
    }
    metadata = header.metadata
    self.mapping = mapping
    let values = bytes.count - start
    let end = header.entries.values.reduce(0) { max($0, $1.offsets.last ?? 0) }
    guard end >= values else {
      throw broken("holds \(values - end) bytes more than its header describes")
    }
    let reader = TensorReader(
      mapping: mapping, start: start, path: path, isMapped: isMapped, entries: header.entries)
    let ordered = header.entries.sorted {
      ($0.value.offsets.first ?? 0, $0.key) < ($1.value.offsets.first ?? 0, $1.key)
    }
    for (name, _) in ordered where !reader.belongsToAnother(name) {
      add(name, try reader.tensor(name))
    }
  }

  // MARK: Writing

  /// Writes beside the file, then takes its place: a crash or a full disk leaves the old one whole.
  package func write(to path: String) throws(ModelError) {
    var header = Header()
    header.metadata = metadata
    var end = 0
    // Float32 first, so that all of it is aligned for readers that map the file.
    let parts = names.flatMap { name in
      tensors[name].map { TensorPart.parts(of: $0, named: name) } ?? []
    }
    let ordered = parts.filter { $0.dtype == "F32" } + parts.filter { $0.dtype != "F32" }
    for part in ordered {
      header.entries[part.name] = TensorEntry(
        dtype: part.dtype, shape: part.shape, offsets: [end, end + part.bytes])
      end += part.bytes
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
    for part in ordered { part.append(&bytes) }
    try FileBytes.replace(path, with: bytes)
  }
}
