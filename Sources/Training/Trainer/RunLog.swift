import Foundation

/// A run's history, one JSON object per line.
enum RunLog {
  static func append(_ progress: FitProgress, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let line = try encoder.encode(progress) + Data("\n".utf8)
    if let handle = FileHandle(forWritingAtPath: path) {
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: line)
    } else {
      try line.write(to: URL(filePath: path))
    }
  }
}
