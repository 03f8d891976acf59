/// Which names in an inbox are songs, and which are other programs' unfinished or hidden business.
package enum NameRules {
  /// Whether a file of this name may be a song: its ending says audio, and nothing about it says
  /// that some program is still at work on it.
  package static func isSong(_ name: [UInt8]) -> Bool {
    let lower = lowercased(name)
    guard let point = lower.lastIndex(of: UInt8(ascii: ".")), point > 0 else { return false }
    guard endings.contains(Array(lower[(point + 1)...])) else { return false }
    return !isHidden(lower) && !isPartial(lower)
  }

  /// Whether a folder of this name is entered.
  package static func isEntered(_ name: [UInt8]) -> Bool {
    let lower = lowercased(name)
    return !isHidden(lower) && !ignoredFolders.contains(lower)
  }

  /// A download manager keeps `NAME.aria2` beside NAME until NAME is complete.
  static func companion(of name: [UInt8]) -> [UInt8] { name + Array(".aria2".utf8) }

  /// The endings of what the decoders read. A file is recognised by its content; the ending only
  /// says that someone means it to be heard.
  private static let endings = Set(
    [
      "mp3", "mp2", "mp1", "mpga", "wav", "wave", "rf64", "w64", "bwf", "flac", "ogg", "oga",
      "opus",
      "aif", "aiff", "aifc", "au", "snd", "caf",
    ].map { Array($0.utf8) })

  /// Unfinished copies and downloads end in none of `endings`, whatever their program
  /// (.part .partial .crdownload .download .filepart .tmp .!ut .!qB .aria2, rsync's .NAME.XXXXXX);
  /// the rest of the customs begin in these ways.
  private static func isPartial(_ lower: [UInt8]) -> Bool {
    lower.last == UInt8(ascii: "~") || lower.starts(with: "~syncthing~".utf8)
      || lower.starts(with: "~$".utf8)
  }

  /// Dot files: also AppleDouble's `._NAME`, `.syncthing.*`, `.fuse_hidden*`, `.nfs*`,
  /// `.smbdelete*` and every program's temporary names.
  private static func isHidden(_ lower: [UInt8]) -> Bool { lower.first == UInt8(ascii: ".") }

  private static let ignoredFolders = Set(
    [
      "@eadir", "__macosx", "#recycle", "#snapshot", "$recycle.bin", "system volume information",
      "lost+found",
    ]
    .map { Array($0.utf8) })

  private static func lowercased(_ name: [UInt8]) -> [UInt8] {
    name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
  }
}
