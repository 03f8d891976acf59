/// Why a chart file cannot be read: the only error that leaves this target.
package struct ChartError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's name as it should be shown to a person.
  package var file: String
  /// Counted from 1, where the file has lines.
  package var line: Int?
  /// What is wrong, as the end of a sentence that begins with the place.
  package var reason: String

  package init(file: String, line: Int? = nil, reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  package var description: String {
    line.map { "\(file), line \($0): \(reason)" } ?? "\(file): \(reason)"
  }
}
