internal import FoundationEssentials

/// Looks for files under a source's folder.
enum CorpusFiles {
  private static let soundSuffixes = ["ogg", "opus", "mp3", "wav", "flac"]

  /// All files under a folder, as paths relative to it, sorted. Throws ``TrainingError`` where there
  /// is no such folder.
  static func all(under folder: String) throws -> [String] {
    var result: [String] = []
    try collect(folder, prefix: "", into: &result)
    return result
  }

  private static func collect(
    _ folder: String, prefix: String, into result: inout [String]
  ) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw TrainingError(
        path: folder, stage: "reading the corpus", reason: "the folder cannot be read")
    }
    for name in names where !name.hasPrefix(".") {
      let path = folder + "/" + name
      var isFolder = false
      _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      if isFolder {
        try collect(path, prefix: prefix + name + "/", into: &result)
      } else {
        result.append(prefix + name)
      }
    }
  }

  static func isSound(_ name: String) -> Bool {
    soundSuffixes.contains(suffix(of: name))
  }

  /// The lower-case suffix without its dot.
  static func suffix(of name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot > (name.lastIndex(of: "/") ?? name.startIndex)
    else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  /// The last part of a path without its suffix.
  static func stem(of path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let suffix = suffix(of: last)
    return suffix.isEmpty ? last : String(last.dropLast(suffix.count + 1))
  }

  /// The folder of a relative path, with a slash at its end, or nothing.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  static func lines(of path: String) throws -> [Substring] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TrainingError(
        path: path, stage: "reading annotations", reason: "the file cannot be read")
    }
    return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
  }
}
