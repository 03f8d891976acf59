import Foundation
import TestSupport

/// The names under which the sources in TensorCore/Ops record operations.
enum OperationSources {
  static func recordedNames() throws -> Set<String> {
    let folder = Repository.file("Sources/TensorCore/Ops")
    var names: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where file.hasSuffix(".swift") {
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      for match in text.matches(of: /(?:record|pointwise|summed)\(\s*"(\w+)"/) {
        names.insert(String(match.1))
      }
    }
    return names
  }
}
