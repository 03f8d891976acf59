/// The steps from a song file to a chart folder, in their order.
package enum ConversionStage: String, Codable, CaseIterable, Sendable {
  case model, decode, transcribe, write, publish

  /// What a person reads while it runs.
  package var activity: String {
    switch self {
    case .model: "loading the model"
    case .decode: "reading the song"
    case .transcribe: "listening"
    case .write: "writing the chart"
    case .publish: "publishing"
    }
  }
}

/// Why a song did not become a chart, in words for people.
package struct ConversionError: Error, Codable, Hashable, Sendable, CustomStringConvertible {
  /// The song's file name.
  package var file: String
  package var stage: ConversionStage
  /// One plain sentence, without the song's name.
  package var reason: String
  /// The song itself is the cause: trying again cannot help. Otherwise it is the disk, the model or
  /// a cancelled task.
  package var isSongAtFault: Bool

  package init(file: String, stage: ConversionStage, reason: String, isSongAtFault: Bool) {
    self.file = file
    self.stage = stage
    self.reason = reason
    self.isSongAtFault = isSongAtFault
  }

  package var description: String { "\(file): \(reason)" }
}
