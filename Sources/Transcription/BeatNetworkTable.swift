package import DrumNet
private import TensorCore

/// The weights of a ``BeatNetwork`` as text that stands in the source: they belong to the tracker as
/// its tables do, whatever model listens.
///
/// One line for each row of each tensor: the row's largest absolute value, and a character for each of
/// its weights.
package enum BeatNetworkTable {
  /// A weight is a multiple of the row's scale over `half`, from -`half` to `half`; the 91 characters
  /// from `#` to `~` without the backslash stand for them.
  private static let half = 45
  private static let firstCode = 35
  private static let backslash = 92

  /// The network that the project ships. A new one each time: networks do not cross threads.
  package static func shipped() -> BeatNetwork {
    guard let network = network(beatNetworkTable) else {
      preconditionFailure("the table is of another network")
    }
    return network
  }

  /// The network of a file that ``sourceFile(of:)`` made; `nil` if it is of another network.
  package static func network(sourceFile text: String) -> BeatNetwork? {
    let parts = text.split(separator: "\"\"\"", omittingEmptySubsequences: false)
    return parts.count == 3 ? network(String(parts[1])) : nil
  }

  static func network(_ text: String) -> BeatNetwork? {
    let network = BeatNetwork(BeatSettings(), parameters: Parameters(random: Random(seed: 0)))
    var lines = text.split(separator: "\n").filter { $0.contains { $0 != " " } }[...]
    for parameter in network.parameters.all {
      let columns = parameter.tensor.shape.last ?? 1
      let rows = parameter.tensor.count / columns
      guard lines.count >= rows else { return nil }
      for row in 0..<rows {
        let values = values(lines.removeFirst())
        guard values.count == columns else { return nil }
        parameter.tensor.write(values, at: row * columns)
      }
    }
    return lines.isEmpty ? network : nil
  }

  private static func values(_ line: Substring) -> [Float] {
    let words = line.split(separator: " ")
    guard words.count == 2, let scale = Double(words[0]) else { return [] }
    return words[1].utf8.map { code in
      let level = Int(code) - firstCode - (Int(code) > backslash ? 1 : 0)
      return Float(Double(level - half) / Double(half) * scale)
    }
  }

  /// The text of `Sources/Transcription/BeatNetworkWeights.swift`.
  package static func sourceFile(of network: BeatNetwork) -> String {
    var text = "/// ``BeatNetworkTable`` as text. Written by `charthero-train beats`.\n"
    text += "let beatNetworkTable = \"\"\"\n"
    for parameter in network.parameters.all {
      let columns = parameter.tensor.shape.last ?? 1
      let values = parameter.tensor.values
      for start in stride(from: 0, to: values.count, by: columns) {
        text += "  " + line(values[start..<start + columns]) + "\n"
      }
    }
    return text + "  \"\"\"\n"
  }

  private static func line(_ row: ArraySlice<Float>) -> String {
    let scale = max(row.reduce(0) { max($0, abs($1)) }, .leastNormalMagnitude)
    let codes = row.map { value in
      let code = Int((Double(value / scale) * Double(half)).rounded()) + half + firstCode
      return UInt8(code + (code >= backslash ? 1 : 0))
    }
    return "\(scale) " + String(decoding: codes, as: UTF8.self)
  }
}
