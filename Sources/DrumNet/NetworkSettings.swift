/// Which network, and its sizes. In files: an object with the architecture's name under `kind`
/// beside its settings. Each architecture has a file of its own that adds a case here.
package enum NetworkSettings: Hashable, Sendable {
  case hybrid(HybridSettings)

  /// The named configurations, smallest first.
  package static let presets: [(name: String, settings: NetworkSettings)] = [
    ("hybrid-tiny", .hybrid(.tiny)),
    ("hybrid-small", .hybrid(.small)),
    ("hybrid-medium", .hybrid(.medium)),
  ]

  package static func preset(named name: String) -> NetworkSettings? {
    presets.first { $0.name == name }?.settings
  }

  package var kind: String {
    switch self {
    case .hybrid: "hybrid"
    }
  }
}

extension NetworkSettings {
  /// Refuses sizes that no network has, which come from damaged files alone.
  func validate(path: String) throws(ModelError) {
    let fault: String? =
      switch self {
      case .hybrid(let settings): settings.fault
      }
    if let fault {
      throw ModelError(path: path, cause: "describes an impossible network: \(fault)")
    }
  }
}

extension NetworkSettings: Codable {
  private enum Key: String, CodingKey { case kind }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch try container.decode(String.self, forKey: .kind) {
    case "hybrid": self = .hybrid(try HybridSettings(from: decoder))
    case let other:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container,
        debugDescription: "there is no network of the kind \"\(other)\"")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(kind, forKey: .kind)
    switch self {
    case .hybrid(let settings): try settings.encode(to: encoder)
    }
  }
}
