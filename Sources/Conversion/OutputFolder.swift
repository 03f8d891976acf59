internal import CLinux
internal import ChartFormat
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

  /// What a folder of ours says about its making, so that the same song's next chart can take its
  /// place. Games overlook the hidden file.
  struct Marker: Codable, Hashable {
    static let name = ".charthero.json"
    /// The song file's content.
    var source: String
    /// The chart file as it was written: a chart that a person has worked on is never replaced.
    var chart: String
  }

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
  /// - Parameter source: what identifies the song file.
  /// - Returns: the final path, and whether an older chart of the same song was replaced.
  mutating func publish(as name: String, source: String) throws(SystemFailure) -> (
    path: String, isReplacement: Bool
  ) {
    let marker = Marker(source: source, chart: Self.chartHash(path) ?? "")
    let text = (try? JSONEncoder().encode(marker)) ?? Data()
    try Disk.write(Array(text), to: file(Marker.name))
    try Disk.synchronize(path)
    for number in 1... {
      let target = outbox + "/" + (number == 1 ? name : "\(name) (\(number))")
      if try Self.renameNew(path, target) {
        isPublished = true
        try Disk.synchronize(outbox)
        return (target, false)
      }
      guard Self.isUntouched(target, source: source) else { continue }
      try Self.exchange(path, target)
      // The old chart now bears the partial name, and goes with this value.
      try Disk.synchronize(outbox)
      return (target, true)
    }
    throw SystemFailure(reason: "every name like \(name) is taken", code: EEXIST)
  }

  /// Whether a folder holds our own chart of that song, as we wrote it.
  private static func isUntouched(_ folder: String, source: String) -> Bool {
    guard let bytes = Disk.contents(folder + "/" + Marker.name, limit: 1 << 16),
      let marker = try? JSONDecoder().decode(Marker.self, from: Data(bytes))
    else { return false }
    return marker.source == source && marker.chart == chartHash(folder)
  }

  private static func chartHash(_ folder: String) -> String? {
    ChartFolder.chartFiles.lazy.compactMap { Disk.contents(folder + "/" + $0) }.first
      .map(Fingerprint.text)
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

/// A short name for a content: its size and FNV-1a hash. It tells songs apart, it does not
/// withstand forgery.
struct Fingerprint {
  private var count = 0
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  private mutating func add(_ bytes: ArraySlice<UInt8>) {
    count += bytes.count
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }

  private var text: String { "\(count)-\(String(hash, radix: 16))" }

  static func text(_ bytes: [UInt8]) -> String {
    var fingerprint = Fingerprint()
    fingerprint.add(bytes[...])
    return fingerprint.text
  }

  /// Of the whole file behind a descriptor.
  static func text(of file: Int32) throws(SystemFailure) -> String {
    var fingerprint = Fingerprint()
    try Disk.read(file) { fingerprint.add($0) }
    return fingerprint.text
  }
}
