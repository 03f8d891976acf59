package import Foundation

/// Where the tests find the project's own files.
package enum Repository {
  /// The root of the checkout.
  package static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  package static func file(_ path: String) -> URL { root.appending(path: path) }

  /// A file under `Tests/Fixtures`.
  package static func fixture(_ path: String) -> URL { file("Tests/Fixtures/" + path) }

  /// A folder of the data pack that lies beside a developer's checkout, or `nil` where it does not:
  /// tests that need it are skipped there and say so.
  package static func dataPack(_ folder: String) -> URL? {
    let url = root.deletingLastPathComponent().appending(path: "shared/data/" + folder)
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }
}
