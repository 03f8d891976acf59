private import DrumNet
private import FoundationEssentials

/// Activations on disk: the seam at which the network can be swapped for a recording of it.
///
/// The format is safetensors: eight bytes little-endian length, that many bytes of JSON, then the
/// values as little-endian float32. One tensor, `activations`, of shape `(frames, columns)`; the
/// metadata holds `frames_per_second` and `columns` (names joined by commas). In Python:
///
///     from safetensors import safe_open
///     with safe_open("song.activations", "numpy") as f:
///         values, info = f.get_tensor("activations"), f.metadata()
package enum ActivationsFile {
  private struct Tensor: Codable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  private struct Header: Codable {
    var metadata: [String: String]
    var activations: Tensor

    enum CodingKeys: String, CodingKey {
      case metadata = "__metadata__"
      case activations
    }
  }

  /// The bytes of the file.
  package static func encode(_ activations: Activations) -> [UInt8] {
    let header = Header(
      metadata: [
        "format": "chart-hero activations",
        "frames_per_second": "\(activations.framesPerSecond)",
        "columns": OutputLayout.names.joined(separator: ","),
      ],
      activations: Tensor(
        dtype: "F32", shape: [activations.frames, OutputLayout.count],
        offsets: [0, activations.values.count * 4]))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard var json = try? encoder.encode(header) else {
      preconditionFailure("a header of strings and integers always encodes")
    }
    // safetensors wants the values aligned to eight bytes; spaces after the JSON are allowed.
    while json.count % 8 != 0 { json.append(0x20) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + json.count + activations.values.count * 4)
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: json.count >> (8 * shift))) }
    bytes.append(contentsOf: json)
    for value in activations.values {
      let bits = value.bitPattern
      for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * UInt32(shift)))) }
    }
    return bytes
  }

  /// Reads the bytes of a file called `name`.
  package static func decode(_ bytes: [UInt8], name: String) throws(TranscriptionError)
    -> Activations
  {
    func fail(_ reason: String) -> TranscriptionError {
      TranscriptionError(file: name, stage: .activations, reason: reason)
    }
    guard bytes.count >= 8 else { throw fail("it is too short to be an activations file.") }
    var length: UInt64 = 0
    for shift in 0..<8 { length |= UInt64(bytes[shift]) << (8 * UInt64(shift)) }
    guard length <= UInt64(bytes.count - 8) else { throw fail("its header is cut off.") }
    let start = 8 + Int(length)
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(bytes[8..<start])) else {
      throw fail("its header is not that of an activations file.")
    }
    let tensor = header.activations
    guard tensor.dtype == "F32", tensor.shape.count == 2, tensor.offsets.count == 2,
      tensor.shape[1] == OutputLayout.count,
      header.metadata["columns"] == OutputLayout.names.joined(separator: ",")
    else { throw fail("its columns are not the outputs that this version knows.") }
    guard let rate = Double(header.metadata["frames_per_second"] ?? ""), rate > 0, rate.isFinite
    else { throw fail("it does not say how many frames make a second.") }
    let frames = tensor.shape[0]
    let (size, overflow) = frames.multipliedReportingOverflow(by: OutputLayout.count * 4)
    guard !overflow, frames >= 0, tensor.offsets == [0, size], bytes.count - start == size
    else { throw fail("its length does not agree with its header.") }
    var values = [Float](repeating: 0, count: size / 4)
    for i in values.indices {
      let at = start + 4 * i
      let bits =
        UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
        | UInt32(bytes[at + 3]) << 24
      values[i] = Float(bitPattern: bits)
    }
    guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw fail("it holds values that are not probabilities.")
    }
    return Activations(frames: frames, framesPerSecond: rate, values: values)
  }

  /// Writes the file, replacing one that is there.
  package static func save(_ activations: Activations, to path: String) throws(TranscriptionError) {
    do {
      try Data(encode(activations)).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw TranscriptionError(file: path, stage: .writing, reason: cause(error))
    }
  }

  package static func load(_ path: String) throws(TranscriptionError) -> Activations {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw TranscriptionError(file: path, stage: .activations, reason: cause(error))
    }
    return try decode([UInt8](data), name: path)
  }

  /// What the file system said, in words.
  private static func cause(_ error: any Error) -> String {
    switch (error as? CocoaError)?.code {
    case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file or folder."
    case .fileReadNoPermission, .fileWriteNoPermission: "the permission is missing."
    case .fileWriteOutOfSpace: "the disk is full."
    default: "\(error)"
    }
  }
}
