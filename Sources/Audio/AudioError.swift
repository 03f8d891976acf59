/// Why a file could not be read or written, in words for people.
package struct AudioError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done when it failed.
  package enum Stage: String, Sendable {
    case open, recognise, decode, resample, write
  }

  /// The file's name or path, as the caller gave it.
  package var name: String
  package var stage: Stage
  /// One plain sentence without the file's name.
  package var reason: String

  package init(name: String, stage: Stage, reason: String) {
    self.name = name
    self.stage = stage
    self.reason = reason
  }

  package var description: String {
    switch stage {
    case .open: "Cannot open \(name): \(reason)"
    case .recognise, .decode: "Cannot read \(name): \(reason)"
    case .resample: "Cannot resample \(name): \(reason)"
    case .write: "Cannot write \(name): \(reason)"
    }
  }
}
