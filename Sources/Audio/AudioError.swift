/// Why a file could not be read or written, in words for people.
package struct AudioError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done when it failed.
  package enum Stage: String, Sendable {
    /// The system refused to open or read the file; the file itself may be all right.
    case open
    /// It is no song, or none of a kind that can be read.
    case recognise
    /// It is broken or breaks a limit.
    case decode
    case resample, write
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
