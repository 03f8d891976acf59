package import Spectral

/// Everything but the weights that a model needs in order to be used. It stands as JSON in the
/// metadata of the model file.
package struct ModelSettings: Codable, Hashable, Sendable {
  /// The model's name for people, such as `hybrid-small 2025-01`.
  package var name: String
  package var network: NetworkSettings
  package var mel: MelSettings
  /// The names of the output columns.
  package var outputs: [String]
  package var calibration: Calibration

  package init(
    name: String, network: NetworkSettings, mel: MelSettings = MelSettings(),
    outputs: [String] = OutputLayout.names, calibration: Calibration = Calibration()
  ) {
    self.name = name
    self.network = network
    self.mel = mel
    self.outputs = outputs
    self.calibration = calibration
  }
}

/// How raw activations of each class are read, found on validation data.
package struct Calibration: Codable, Hashable, Sendable {
  package struct Class: Codable, Hashable, Sendable {
    /// A peak of the raw activation counts from here on.
    package var threshold = 0.5
    /// Seconds by which this class is heard late; subtracted from its onset times.
    package var offset = 0.0
    /// probability = sigmoid(slope * logit + bias) that a peak with this logit is an onset.
    package var slope = 1.0
    package var bias = 0.0

    package init(
      threshold: Double = 0.5, offset: Double = 0, slope: Double = 1, bias: Double = 0
    ) {
      self.threshold = threshold
      self.offset = offset
      self.slope = slope
      self.bias = bias
    }
  }

  /// In the order of ``DrumClass``.
  package var classes: [Class]
  /// How many hits beyond doubt, or more likely ones, make a passage with drums: elsewhere nothing
  /// counts. 0 lets everything count.
  package var company = 0
  /// The confidence above which a hit is beyond doubt to this network; `nil` where nobody asked.
  package var sure: Double?

  package init(classes: [Class] = DrumClass.allCases.map { _ in Class() }) {
    precondition(classes.count == DrumClass.allCases.count)
    self.classes = classes
  }

  package subscript(drum: DrumClass) -> Class {
    get { classes[drum.rawValue] }
    set { classes[drum.rawValue] = newValue }
  }

  private enum Key: String, CodingKey { case classes, company, sure }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let named = try container.decode([String: Class].self, forKey: .classes)
    classes = try DrumClass.allCases.map { drum in
      guard let found = named[drum.name] else {
        throw DecodingError.dataCorruptedError(
          forKey: .classes, in: container, debugDescription: "the class \(drum.name) is missing")
      }
      return found
    }
    company = try container.decodeIfPresent(Int.self, forKey: .company) ?? 0
    sure = try container.decodeIfPresent(Double.self, forKey: .sure)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    let pairs = DrumClass.allCases.map { ($0.name, self[$0]) }
    try container.encode(
      Dictionary(pairs, uniquingKeysWith: { first, _ in first }), forKey: .classes)
    try container.encode(company, forKey: .company)
    try container.encodeIfPresent(sure, forKey: .sure)
  }
}
