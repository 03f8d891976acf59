internal import CInotifyTools
internal import Glibc

/// The kernel watches held through libinotifytools. Lives on the watcher's thread.
struct FolderWatches {
  private var descriptors: [FoundFolder: Int32] = [:]
  private var folders: [Int32: FoundFolder] = [:]
  var isEmpty: Bool { descriptors.isEmpty }
  private var refused: Set<FoundFolder> = []
  private var spelling = WatchSpelling()

  /// Whatever may end in another list of files. Access and open are left out: our own reading would
  /// wake us.
  private static let mask =
    UInt32(IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_MOVED_TO | IN_MOVED_FROM)
    | UInt32(IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

  /// Watches exactly these folders. Reports `changed` when new ones are watched, so that what came
  /// between their listing and their watch is found, or went.
  mutating func become(_ wanted: Set<FoundFolder>, report: (FolderWatcher.Report) -> Void) {
    for (folder, descriptor) in descriptors where !wanted.contains(folder) {
      if folders[descriptor] == folder { _ = inotifytools_remove_watch_by_wd(descriptor) }
      forget(descriptor)
      descriptors[folder] = nil
    }
    refused.formIntersection(wanted)
    var isNew = false
    for folder in wanted where descriptors[folder] == nil && !refused.contains(folder) {
      if let code = add(folder) {
        refused.insert(folder)
        switch code {
        case ENOENT, ENOTDIR: isNew = true  // gone since the scan, which has to learn of it
        case EACCES: break  // closed to the scan as well, which tells
        default: report(.unwatchable(folder.path, code: code))
        }
      } else {
        isNew = true
      }
    }
    if isNew { report(.changed) }
  }

  /// The kernel let go of this watch: its folder was deleted or unmounted.
  mutating func dropped(_ descriptor: Int32) {
    if let folder = folders[descriptor] { descriptors[folder] = nil }
    forget(descriptor)
  }

  private mutating func forget(_ descriptor: Int32) { folders[descriptor] = nil }

  /// Returns the errno of a failure.
  private mutating func add(_ folder: FoundFolder) -> Int32? {
    let name = spelling.next(of: folder.path)
    guard unsafe name.withCString({ unsafe inotifytools_watch_file($0, Int32(Self.mask)) }) == 1
    else { return inotifytools_error() }
    // The library ends folders' names with a slash; the spelling does already.
    let descriptor = unsafe name.withCString { unsafe inotifytools_wd_from_filename($0) }
    guard descriptor > 0 else { return ENOENT }
    // A folder that was renamed keeps its watch: it goes by its new name from now on.
    if let old = folders[descriptor] { descriptors[old] = nil }
    folders[descriptor] = folder
    descriptors[folder] = descriptor
    return nil
  }
}

/// Spells a path in endlessly many ways that all mean the same folder: a serial number in binary
/// behind it, `/.` for 1 and `/` for 0.
struct WatchSpelling {
  private var serial = 0

  mutating func next(of path: BytePath) -> BytePath {
    serial += 1
    var bytes = path.bytes
    for digit in String(serial, radix: 2).utf8 {
      bytes.append(BytePath.separator)
      if digit == UInt8(ascii: "1") { bytes.append(Files.dot) }
    }
    return BytePath(bytes + [BytePath.separator])
  }
}
