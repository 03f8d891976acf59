/// Why something could not be measured, as a sentence for people.
package struct BenchmarkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done or used, such as `PyTorch` or a file.
  package let subject: String
  /// What is wrong, as the end of a sentence that begins with the subject.
  package let cause: String

  package init(_ subject: String, _ cause: String) {
    self.subject = subject
    self.cause = cause
  }

  package var description: String { "\(subject) \(cause)" }
}
