/// Which network, and its sizes. In files: an object with the architecture's name under `kind`
/// beside its settings. Each architecture has a file of its own that adds a case here.
package enum NetworkSettings: Hashable, Sendable {
  case hybrid(HybridSettings)
  case ast(ASTSettings)
  case cnn(CNNSettings)
  case seq2seq(Seq2SeqSettings)

  /// The named configurations.
  package static let presets: [(name: String, settings: NetworkSettings)] = [
    ("hybrid-tiny", .hybrid(.tiny)),
    ("hybrid-small", .hybrid(.small)),
    ("hybrid-medium", .hybrid(.medium)),
    ("hybrid-crossed", .hybrid(.crossed)),
    ("hybrid-hierarchical", .hybrid(.hierarchical)),
    ("ast-tiny", .ast(.tiny)),
    ("ast-small", .ast(.small)),
    ("ast-base", .ast(.base)),
    ("cnn-baseline", .cnn(.baseline)),
    ("seq2seq-tiny", .seq2seq(.tiny)),
    ("seq2seq-small", .seq2seq(.small)),
  ]

  package static func preset(named name: String) -> NetworkSettings? {
    presets.first { $0.name == name }?.settings
  }

  package var kind: String {
    switch self {
    case .hybrid: "hybrid"
    case .ast: "ast"
    case .cnn: "cnn"
    case .seq2seq: "seq2seq"
    }
  }

  /// The kind's settings where nothing is said about them.
  package static func defaults(ofKind kind: String) -> NetworkSettings? {
    let all: [NetworkSettings] = [
      .hybrid(HybridSettings()), .ast(ASTSettings()), .cnn(CNNSettings()),
      .seq2seq(Seq2SeqSettings()),
    ]
    return all.first { $0.kind == kind }
  }

  /// The number of frames of a window is a multiple of this.
  package var frameMultiple: Int {
    switch self {
    case .hybrid(let settings): settings.frameMultiple
    case .ast(let settings): settings.strideFrames
    case .cnn: 1
    case .seq2seq(let settings): settings.frameMultiple
    }
  }

  /// What is wrong with the sizes, if anything.
  package var fault: String? {
    switch self {
    case .hybrid(let settings): settings.fault
    case .ast(let settings): settings.fault
    case .cnn(let settings): settings.fault
    case .seq2seq(let settings): settings.fault
    }
  }
}

extension NetworkSettings {
  /// Refuses sizes that no network has, which come from damaged files alone.
  func validate(path: String) throws(ModelError) {
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
    case "ast": self = .ast(try ASTSettings(from: decoder))
    case "cnn": self = .cnn(try CNNSettings(from: decoder))
    case "seq2seq": self = .seq2seq(try Seq2SeqSettings(from: decoder))
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
    case .ast(let settings): try settings.encode(to: encoder)
    case .cnn(let settings): try settings.encode(to: encoder)
    case .seq2seq(let settings): try settings.encode(to: encoder)
    }
  }
}
