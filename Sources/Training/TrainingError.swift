/// Why training data or training itself failed.
package struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file or folder concerned, or an empty string.
  package var path: String
  /// What was being done, as "reading the corpus".
  package var stage: String
  package var reason: String

  package init(path: String = "", stage: String, reason: String) {
    self.path = path
    self.stage = stage
    self.reason = reason
  }

  package var description: String {
    path.isEmpty ? "\(stage): \(reason)." : "\(path): \(stage): \(reason)."
  }
}
