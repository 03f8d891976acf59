import Foundation

/// A folder for what another engine is to read, gone at the end.
final class Scratch {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// Writes little-endian Float32 values and returns where they are.
  func write(_ values: [Float], as name: String) throws -> String {
    let bytes = unsafe values.withUnsafeBytes { unsafe Data($0) }
    try bytes.write(to: URL(filePath: path(name)))
    return path(name)
  }

  /// Reads such values.
  static func floats(_ path: String) throws -> [Float] {
    let bytes = try Data(contentsOf: URL(filePath: path))
    return unsafe bytes.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
  }
}
