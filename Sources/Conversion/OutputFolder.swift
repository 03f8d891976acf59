internal import CLinux
internal import FoundationEssentials
internal import Glibc

/// A chart folder in the making: `OUTBOX/.partial-...` until it is whole, then renamed to its name.
/// Nobody ever sees half a song, whatever dies in between.
struct OutputFolder: ~Copyable {
  private let outbox: String
  /// Where the files are to be written.
  let path: String
  /// Held open and locked as long as this process is at work in it.
  private let lock: Int32
  private var isPublished = false

  /// Makes the folder, and the outbox where there is none.
  init(in outbox: String) throws(SystemFailure) {
    var outbox = outbox
    while outbox.count > 1, outbox.last == "/" { outbox.removeLast() }
    try Self.makeFolders(outbox)
    Self.removeLeftovers(in: outbox)
    let path = "\(outbox)/\(Self.prefix)\(String(UInt64.random(in: 0...(.max)), radix: 36))"
    try Disk.makeFolder(path)
    lock = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // Where locks are not to be had, leftovers merely stay.
    _ = flock(lock, LOCK_EX | LOCK_NB)
    self.outbox = outbox
    self.path = path
  }

  deinit {
    if !isPublished { try? FileManager.default.removeItem(atPath: path) }
    close(lock)
  }

  private static let prefix = ".partial-"

  /// Removes what conversions that were killed have left: their locks went with them.
  private static func removeLeftovers(in outbox: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: outbox)) ?? []
    for name in names where name.hasPrefix(prefix) {
      let path = outbox + "/" + name
      let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard folder >= 0 else { continue }
      if flock(folder, LOCK_EX | LOCK_NB) == 0 {
        try? FileManager.default.removeItem(atPath: path)
      }
      close(folder)
    }
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// Gives the folder its name, or `name (2)` and so on where that belongs to another song.
  ///
  /// - Parameter song: SHA-256 of the song file.
  /// - Returns: the final path, and whether an older chart of the same song was replaced.
  mutating func publish(as name: String, song: [UInt8]) throws(SystemFailure) -> (
    path: String, isReplacement: Bool
  ) {
    let marker = ChartMarker(song: song, chart: Self.chart(in: path))
    try Disk.write(marker.bytes, to: file(ChartMarker.name))
    try Disk.synchronize(path)
    for number in 1... {
      let target = outbox + "/" + (number == 1 ? name : "\(name) (\(number))")
      if try Self.renameNew(path, target) {
        isPublished = true
        try Disk.synchronize(outbox)
        return (target, false)
      }
      guard Self.isUntouched(target, song: marker.song) else { continue }
      try Self.exchange(path, target)
      // The old chart now bears the partial name, and goes with this value.
      try Disk.synchronize(outbox)
      return (target, true)
    }
    throw SystemFailure(reason: "every name like \(name) is taken", code: EEXIST)
  }

  /// Whether a folder holds our own chart of that song, as we wrote it.
  private static func isUntouched(_ folder: String, song: String) -> Bool {
    guard
      let bytes = Disk.contents(folder + "/" + ChartMarker.name, limit: ChartMarker.longest),
      let marker = ChartMarker(bytes)
    else { return false }
    return marker.song == song && marker.isUntouched(chart(in: folder))
  }

  private static func chart(in folder: String) -> [UInt8]? {
    ChartMarker.chartNames.lazy.compactMap { Disk.contents(folder + "/" + $0) }.first
  }

  /// Renames unless the new name is taken; returns whether it was free.
  private static func renameNew(_ old: String, _ new: String) throws(SystemFailure) -> Bool {
    if unsafe linux_rename_new(AT_FDCWD, old, AT_FDCWD, new) == 0 { return true }
    if errno == EEXIST { return false }
    guard errno == EINVAL || errno == ENOSYS else { throw .last("rename a chart folder to", new) }
    // Network file systems may not know the flag: look first, then rename, which never replaces a
    // folder with something in it.
    var status = stat()
    guard unsafe lstat(new, &status) != 0 else { return false }
    if unsafe rename(old, new) == 0 { return true }
    if errno == ENOTEMPTY || errno == EEXIST { return false }
    throw .last("rename a chart folder to", new)
  }

  private static func exchange(_ old: String, _ new: String) throws(SystemFailure) {
    if unsafe linux_rename_exchange(AT_FDCWD, old, AT_FDCWD, new) == 0 { return }
    guard errno == EINVAL || errno == ENOSYS else { throw .last("replace the chart", new) }
    let aside = old + "-old"
    guard unsafe rename(new, aside) == 0, unsafe rename(old, new) == 0,
      unsafe rename(aside, old) == 0
    else { throw .last("replace the chart", new) }
  }

  private static func makeFolders(_ path: String) throws(SystemFailure) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .last("create", path)
    }
  }
}
