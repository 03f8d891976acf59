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

  /// A network of `settings` with the weights of a safetensors file that was made elsewhere. The
  /// names and shapes must be those of the network; metadata are not looked at.
  ///
  /// - Throws: a sentence with every tensor that is missing, unknown or of another shape.
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
      missing.isEmpty ? nil : "it lacks " + missing.joined(separator: ", "),
      extra.isEmpty ? nil : "it holds the unknown " + extra.joined(separator: ", "),
      wrong.isEmpty ? nil : "it holds " + wrong.joined(separator: ", "),
    ].compactMap { $0 }
    guard faults.isEmpty else {
      throw ModelError(
        path: path,
        cause: "does not fit the network of \(settings.name): " + faults.joined(separator: "; "))
    }
    return try network(settings, from: file, prefix: "", path: path)
  }
}
