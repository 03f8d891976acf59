package import TensorCore

/// Everything that a training run needs to go on as if it had never stopped.
package final class TrainingCheckpoint {
  package let settings: ModelSettings
  package let network: any Network
  package let optimiser: AdamW
  package let average: MovingAverage
  /// The trainer's own JSON texts: its settings, its random state, where it is in the data.
  package var progress: [String: String]

  package init(
    settings: ModelSettings, network: any Network, optimiser: AdamW, average: MovingAverage,
    progress: [String: String] = [:]
  ) {
    self.settings = settings
    self.network = network
    self.optimiser = optimiser
    self.average = average
    self.progress = progress
  }

  private struct Counters: Codable {
    var optimiser: AdamW.Settings
    var step: Int
    var averageDecay: Double
    var averageUpdates: Int
  }

  private static let countersKey = "charthero.optimiser"
  private static let progressPrefix = "progress."
  /// What stands before the names of the averaged weights.
  static let averagePrefix = "average."

  package func write(to path: String) throws(ModelError) {
    var file = SafeTensors()
    file.metadata[ModelFile.settingsKey] = try JSONText.encode(settings, for: path)
    let counters = Counters(
      optimiser: optimiser.settings, step: optimiser.step, averageDecay: average.decay,
      averageUpdates: average.updates)
    file.metadata[Self.countersKey] = try JSONText.encode(counters, for: path)
    for (key, text) in progress { file.metadata[Self.progressPrefix + key] = text }
    for (index, parameter) in network.parameters.all.enumerated() {
      file.add("weights." + parameter.name, parameter.tensor)
      file.add("mean." + parameter.name, optimiser.means[index])
      file.add("square." + parameter.name, optimiser.squares[index])
      file.add(Self.averagePrefix + parameter.name, average.tensors[index])
    }
    try file.write(to: path)
  }

  package convenience init(contentsOf path: String) throws(ModelError) {
    let file = try SafeTensors(contentsOf: path)
    let settings = try ModelFile.settings(of: file, path: path)
    guard let text = file.metadata[Self.countersKey] else {
      throw ModelError(path: path, cause: "is a model, not the state of a training run")
    }
    let counters = try JSONText.decode(
      Counters.self, from: text, what: "optimiser settings", path: path)
    let network = try ModelFile.network(settings, from: file, prefix: "weights.", path: path)
    let optimiser = AdamW(network.parameters, settings: counters.optimiser)
    optimiser.resume(atStep: counters.step)
    let average = MovingAverage(network.parameters, decay: counters.averageDecay)
    average.resume(atUpdate: counters.averageUpdates)
    for (index, parameter) in network.parameters.all.enumerated() {
      let name = parameter.name
      try ModelFile.copy("mean." + name, from: file, into: optimiser.means[index], path: path)
      try ModelFile.copy("square." + name, from: file, into: optimiser.squares[index], path: path)
      try ModelFile.copy(
        Self.averagePrefix + name, from: file, into: average.tensors[index], path: path)
    }
    var progress: [String: String] = [:]
    for (key, text) in file.metadata where key.hasPrefix(Self.progressPrefix) {
      progress[String(key.dropFirst(Self.progressPrefix.count))] = text
    }
    self.init(
      settings: settings, network: network, optimiser: optimiser, average: average,
      progress: progress)
  }
}
