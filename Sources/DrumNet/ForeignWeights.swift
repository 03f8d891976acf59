internal import Spectral
internal import TensorCore

extension ModelFile {
  /// A network of `settings` with random weights, the same for the same seed.
  package static func untrained(
    _ settings: ModelSettings, seed: UInt64
  ) throws(ModelError) -> any Network {
    try settings.network.validate(path: settings.name)
    return settings.network.makeNetwork(
      bins: settings.mel.bins, outputs: settings.outputs.count, seed: seed)
  }

  /// Names for a sentence: another network's weights would fill pages.
  private static func list(_ names: [String]) -> String {
    let most = 8
    let others = names.count > most ? " and \(names.count - most) more" : ""
    return names.prefix(most).joined(separator: ", ") + others
  }

  /// A network of `settings` with the weights of a safetensors file that was made elsewhere. The
  /// names and shapes must be those of the network; metadata are not looked at.
  ///
  /// - Throws: a sentence with the tensors that are missing, unknown or of another shape.
  package static func foreignWeights(
    _ path: String, for settings: ModelSettings
  ) throws(ModelError) -> any Network {
    let file = try SafeTensors(contentsOf: path)
    let expected = try untrained(settings, seed: 0).parameters
    let known = Set(expected.all.map(\.name))
    let missing = expected.all.map(\.name).filter { file[$0] == nil }
    let extra = file.names.filter { !known.contains($0) }.sorted()
    let wrong = expected.all.compactMap { parameter -> String? in
      let wanted = parameter.tensor.shape
      guard let found = file[parameter.name], found.shape != wanted else { return nil }
      return "\(parameter.name) of shape \(found.shape) instead of \(wanted)"
    }
    let faults = [
      missing.isEmpty ? nil : "it lacks " + list(missing),
      extra.isEmpty ? nil : "it holds the unknown " + list(extra),
      wrong.isEmpty ? nil : "it holds " + list(wrong),
    ].compactMap { $0 }
    guard faults.isEmpty else {
      throw ModelError(
        path: path,
        cause: "does not fit the network of \(settings.name): " + faults.joined(separator: "; "))
    }
    return try network(settings, from: file, prefix: "", path: path)
  }
}
