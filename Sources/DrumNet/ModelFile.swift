internal import FoundationEssentials
package import Spectral
internal import TensorCore

/// Networks to and from files.
package enum ModelFile {
  static let settingsKey = "charthero.model"

  /// Writes the weights and settings that ``DrumModel`` reads.
  package static func write(
    _ network: any Network, settings: ModelSettings, to path: String
  ) throws(ModelError) {
    var file = SafeTensors()
    file.metadata[settingsKey] = try JSONText.encode(settings, for: path)
    file.metadata["format"] = "charthero"
    for parameter in network.parameters.all { file.add(parameter.name, parameter.tensor) }
    try file.write(to: path)
  }

  /// Writes the weights of all products in 8 bits, for ``DrumModel``: a quarter of the file. The
  /// others stay Float32.
  ///
  /// - Parameter inputRanges: what products are multiplied by, by the names of their weights
  ///   (``Parameters/inputRanges(while:)``); by what is found in each row where they are not named.
  package static func writeQuantized(
    _ network: any Network, settings: ModelSettings,
    inputRanges: [String: ClosedRange<Float>] = [:], to path: String
  ) throws(ModelError) {
    var file = SafeTensors()
    file.metadata[settingsKey] = try JSONText.encode(settings, for: path)
    file.metadata["format"] = "charthero"
    for parameter in network.parameters.all {
      let tensor = parameter.tensor
      guard parameter.role == .matrix, tensor.suitsInt8, tensor.quantized == nil else {
        file.add(parameter.name, tensor)
        continue
      }
      let matrix = QuantizedMatrix(rounding: tensor, inputRange: inputRanges[parameter.name])
      file.add(parameter.name, Tensor(quantized: matrix))
    }
    try file.write(to: path)
  }

  /// Makes the network that the file describes, with the file's weights.
  package static func read(
    _ path: String
  ) throws(ModelError) -> (network: any Network, settings: ModelSettings) {
    let file = try SafeTensors(contentsOf: path)
    let settings = try settings(of: file, path: path)
    return (try network(settings, from: file, prefix: "", path: path), settings)
  }

  /// The same for inference: products read weights rounded to `precision`, or to what is best here
  /// where that is `nil`, and the others stay in the file until somebody asks for them.
  static func packed(
    _ path: String, _ precision: Precision?
  ) throws(ModelError) -> (network: any Network, settings: ModelSettings, precision: Precision) {
    let file = try SafeTensors(contentsOf: path, isMapped: true)
    let settings = try settings(of: file, path: path)
    let network = try network(
      settings, from: file, prefix: "", path: path, keepsQuantized: true)
    let hasInt8Weights = network.parameters.all.contains { $0.tensor.quantized != nil }
    let precision = precision ?? .best(hasInt8Weights: hasInt8Weights)
    network.parameters.pack(precision)
    file.mapping?.release()
    return (network, settings, precision)
  }

  /// The weights of a trained model, or the averaged ones of a training run's checkpoint, in a
  /// network to train on: it may differ in what holds no weights, such as dropout. Throws where the
  /// shapes or the features differ.
  package static func weights(
    _ path: String, for network: NetworkSettings, mel: MelSettings
  ) throws(ModelError) -> any Network {
    let file = try SafeTensors(contentsOf: path)
    var settings = try settings(of: file, path: path)
    guard settings.mel == mel else {
      throw ModelError(path: path, cause: "hears other features than these settings ask for")
    }
    settings.network = network
    let average = TrainingCheckpoint.averagePrefix
    let prefix = file.names.contains { $0.hasPrefix(average) } ? average : ""
    return try self.network(settings, from: file, prefix: prefix, path: path)
  }

  /// The settings of a model or of a training run's checkpoint.
  package static func settings(at path: String) throws(ModelError) -> ModelSettings {
    try settings(of: SafeTensors(contentsOf: path), path: path)
  }

  static func settings(of file: SafeTensors, path: String) throws(ModelError) -> ModelSettings {
    guard let text = file.metadata[settingsKey] else {
      throw ModelError(path: path, cause: "holds tensors but no Chart Hero model")
    }
    let settings = try JSONText.decode(ModelSettings.self, from: text, what: "settings", path: path)
    try settings.network.validate(path: path)
    guard settings.outputs == OutputLayout.names else {
      throw ModelError(
        path: path, cause: "has other outputs than this version: \(settings.outputs.count) columns")
    }
    return settings
  }

  /// The network whose weights stand in the file under `prefix` and their names.
  static func network(
    _ settings: ModelSettings, from file: SafeTensors, prefix: String, path: String,
    keepsQuantized: Bool = false
  ) throws(ModelError) -> any Network {
    let network = settings.network.makeNetwork(
      bins: settings.mel.bins, outputs: settings.outputs.count,
      parameters: Parameters {
        let found = file[prefix + $0]
        return keepsQuantized ? found : found?.quantized?.dequantized() ?? found
      })
    if let fault = network.parameters.fault { throw ModelError(path: path, cause: fault) }
    return network
  }

  static func copy(
    _ name: String, from file: SafeTensors, into tensor: Tensor, path: String
  ) throws(ModelError) {
    guard let found = file[name] else {
      throw ModelError(path: path, cause: "lacks the weights \(name)")
    }
    guard found.quantized == nil else {
      throw ModelError(path: path, cause: "holds \(name) in 8 bits, from which nobody can go on")
    }
    guard found.shape == tensor.shape else {
      throw ModelError(
        path: path, cause: "holds \(name) of shape \(found.shape) where \(tensor.shape) belongs")
    }
    tensor.copy(from: found)
  }
}

/// JSON inside a file's metadata.
enum JSONText {
  static func encode(_ value: some Encodable, for path: String) throws(ModelError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw ModelError(path: path, cause: "cannot be written: a setting is not a number")
    }
  }

  static func decode<Value: Decodable>(
    _ type: Value.Type, from text: String, what: String, path: String
  ) throws(ModelError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch DecodingError.keyNotFound(let key, _) {
      throw ModelError(path: path, cause: "has \(what) without \"\(key.stringValue)\"")
    } catch DecodingError.dataCorrupted(let context) {
      throw ModelError(path: path, cause: "has unusable \(what): \(context.debugDescription)")
    } catch {
      throw ModelError(path: path, cause: "has \(what) that this version does not understand")
    }
  }
}
