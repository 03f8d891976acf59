/// Why a model or checkpoint file cannot be used. The description is a sentence for people.
package struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file it is about.
  package let path: String
  /// What is wrong with it, as the end of a sentence that begins with the file's name.
  package let cause: String

  package init(path: String, cause: String) {
    self.path = path
    self.cause = cause
  }

  package var description: String { "\(path) \(cause)" }
}
