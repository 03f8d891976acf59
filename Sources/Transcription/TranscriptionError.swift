/// Why a transcription could not be made or its files not be read: names the file or song, the
/// stage and the cause.
package struct TranscriptionError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Stage: String, Sendable {
    case activations = "reading activations"
    case table = "reading a table"
    case writing = "writing"
    case model = "running the model"
  }

  /// The file's name as it should be shown to a person.
  package var file: String
  package var stage: Stage
  /// What is wrong, as the end of a sentence.
  package var reason: String

  package init(file: String, stage: Stage, reason: String) {
    self.file = file
    self.stage = stage
    self.reason = reason
  }

  package var description: String { "\(file): \(stage.rawValue) failed: \(reason)" }
}
