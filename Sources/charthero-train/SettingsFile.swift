import DrumNet
import Foundation
import TOMLKit
import Training

/// A TOML settings file laid over the defaults: a key that is left out keeps its default, a key
/// that means nothing is an error. The network is named (`network = "ast-small"`) or described
/// (`[network]` with a `kind`, whose other sizes have defaults of that kind).
enum SettingsFile {
  static func read<Settings: Codable>(_ path: String, over defaults: Settings) throws -> Settings {
    func failure(_ reason: String) -> TrainingError {
      TrainingError(path: path, stage: "reading settings", reason: reason)
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw failure("it is missing or not UTF-8 text")
    }
    do {
      let given = try TOMLTable(string: text)
      let table = try TOMLTable(defaults)
      if let network = try network(in: given, failure) {
        table[networkKey] = try TOMLTable(network)
        if given[networkKey]?.table == nil { given.remove(at: networkKey) }
      }
      overlay(given, on: table)
      let settings = try TOMLDecoder().decode(Settings.self, from: table)
      // What was understood is what comes back out. (The decoder's own strict mode calls the keys
      // of a type unknown that another type read from the same table.)
      if let key = firstUnknown(in: given, understood: try TOMLTable(settings)) {
        throw failure("unknown key \(key)")
      }
      return settings
    } catch let error as TOMLParseError {
      throw failure("line \(error.source.begin.line): \(error.description)")
    } catch let error as DecodingError {
      throw failure(sentence(error))
    }
  }

  /// The settings of a model and its training: files laid over each other in their order.
  static func fit(_ paths: [String]) throws -> FitSettings {
    try paths.reduce(FitSettings.defaults) { try read($1, over: $0) }
  }

  private static let networkKey = "network"

  /// The network that the file names, or the defaults of the kind that it describes.
  private static func network(
    in given: TOMLTable, _ failure: (String) -> TrainingError
  ) throws -> NetworkSettings? {
    if let name = given[networkKey]?.string {
      guard let preset = NetworkSettings.preset(named: name) else {
        let names = NetworkSettings.presets.map(\.name).joined(separator: ", ")
        throw failure("there is no network \(name); there are \(names)")
      }
      return preset
    }
    guard let kind = given[networkKey]?.table?["kind"]?.string else { return nil }
    guard let defaults = NetworkSettings.defaults(ofKind: kind) else {
      throw failure("there is no network of the kind \(kind)")
    }
    return defaults
  }

  private static func overlay(_ upper: TOMLTable, on lower: TOMLTable) {
    for key in upper.keys {
      guard let value = upper[key] else { continue }
      if let inner = value.table, let below = lower[key]?.table {
        overlay(inner, on: below)
      } else {
        lower[key] = value
      }
    }
  }

  private static func firstUnknown(in given: TOMLTable, understood: TOMLTable) -> String? {
    for key in given.keys.sorted() {
      guard let known = understood[key] else { return key }
      if let inner = given[key]?.table, let below = known.table,
        let unknown = firstUnknown(in: inner, understood: below)
      {
        return key + "." + unknown
      }
    }
    return nil
  }

  private static func sentence(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context, _ last: [any CodingKey] = []) -> String {
      (context.codingPath + last).map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .typeMismatch(let type, let context): "\(place(context)) is not of the type \(type)"
    case .valueNotFound(_, let context): "\(place(context)) is empty"
    // The decoder's path ends with the key for some types and before it for others.
    case .keyNotFound(let key, let context):
      place(context).hasSuffix(key.stringValue)
        ? "\(place(context)) is missing" : "\(place(context, [key])) is missing"
    case .dataCorrupted(let context): "\(place(context)): \(context.debugDescription)"
    @unknown default: "\(error)"
    }
  }
}

extension FitSettings {
  /// What a settings file is laid over.
  static let defaults = FitSettings(name: "model", network: .hybrid(HybridSettings()))
}
