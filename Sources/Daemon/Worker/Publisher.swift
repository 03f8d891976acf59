internal import Foundation
internal import Glibc

/// Brings finished chart folders into the outbox: whole or not at all, each job's exactly once,
/// whatever dies in between.
///
/// The worker builds in a workshop folder of the outbox's file system. Then, one after the other: the
/// folder gets its marker and is fsynced; the ledger notes the final name; the folder is renamed; the
/// outbox is fsynced; the ledger says done. After a crash the marker tells on which side of the
/// rename it happened.
struct Publisher: Sendable {
  var outbox: BytePath
  /// Tells this daemon's workshops from those of others in the same outbox.
  var owner: String

  init(_ settings: Settings) {
    outbox = settings.outbox
    let hash = SHA256.hash(settings.state.bytes)
    owner = hash.prefix(4).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// What a chart folder says about its making. A hidden file in it; the game does not mind.
  struct Marker: Codable, Hashable {
    var job: Int64
    /// SHA-256 of the song, in hexadecimal.
    var content: String
    var model: String
    var options: String
    /// Where the song was found, for people.
    var source: String
  }

  static let markerName = ".charthero.json"

  private var workshopPrefix: String { ".chartherod-\(owner)-" }

  func workshop(of job: Int64) -> BytePath { outbox.appending("\(workshopPrefix)\(job)") }

  /// An empty workshop.
  func makeWorkshop(for job: Int64) throws(DaemonError) -> BytePath {
    let path = workshop(of: job)
    try Files.removeTree(path)
    guard unsafe path.withCString({ unsafe mkdir($0, 0o750) }) == 0 else {
      throw .last("make the folder", path)
    }
    return path
  }

  /// Publishes the chart folder in the job's workshop.
  ///
  /// - Parameter replacing: whether the chart of an older file under the same path is replaced.
  /// - Returns: the folder's name in the outbox.
  func publish(
    _ job: Job, key: JobKey, replacing: Bool, ledger: JobLedger
  ) throws(DaemonError) -> [UInt8] {
    let workshop = workshop(of: job.id)
    let name = try content(of: workshop)
    let folder = workshop.appending(name)
    let marker = Marker(
      job: job.id, content: Self.hex(key.content), model: key.model, options: key.options,
      source: "\(job.inbox.appending(job.path))")
    try Files.save(JSONLines.line(marker), to: folder.appending(Self.markerName))
    try Files.synchronizeFolder(folder)
    FaultPoint.reach("built")
    for number in 1... {
      let final = Self.numbered(name, number)
      let target = outbox.appending(final)
      if let other = try self.marker(of: target) {
        guard other.content == marker.content || (replacing && other.source == marker.source)
        else { continue }
        try ledger.publishing(job.id, folder: final)
        FaultPoint.reach("noted")
        try Files.exchange(folder, target)
      } else {
        try ledger.publishing(job.id, folder: final)
        FaultPoint.reach("noted")
        guard try Files.renameNew(folder, to: target) else { continue }
      }
      FaultPoint.reach("renamed")
      try Files.synchronizeFolder(outbox)
      return final
    }
    throw .system("publish", folder, code: EEXIST)
  }

  /// Where it cannot be removed now, `sweep` does it later.
  func removeWorkshop(of job: Int64) { try? Files.removeTree(workshop(of: job)) }

  /// Cleans up after a daemon that died.
  ///
  /// - Parameter jobs: those it left running.
  /// - Returns: the ones whose charts were published all the same.
  func recover(_ jobs: [Job]) throws(DaemonError) -> [Job] {
    var published: [Job] = []
    for job in jobs {
      guard let folder = job.folder, let content = job.content,
        let marker = try marker(of: outbox.appending(folder)), marker.job == job.id,
        marker.content == Self.hex(content), marker.model == job.model
      else { continue }
      published.append(job)
    }
    try sweep(except: [])
    return published
  }

  /// Removes workshops that nobody works in: those of a daemon that died, and those whose own removal
  /// failed.
  func sweep(except running: Set<Int64>) throws(DaemonError) {
    let inUse = Set(running.map { Array("\(workshopPrefix)\($0)".utf8) })
    for name in try Files.names(in: outbox)
    where name.starts(with: workshopPrefix.utf8) && !inUse.contains(name) {
      try Files.removeTree(outbox.appending(name))
    }
  }

  /// The marker of a chart folder of ours; nil where there is none.
  private func marker(of folder: BytePath) throws(DaemonError) -> Marker? {
    let path = folder.appending(Self.markerName)
    do {
      let bytes = try Descriptor.open(path, [.noLink, .noWait]).read(1 << 16, of: path)
      return JSONLines.value(Marker.self, bytes)
    } catch .system(_, _, let code) where [ENOENT, ENOTDIR, ELOOP].contains(code) {
      return nil
    }
  }

  /// The one folder in the workshop. The worker read a stranger's file: its word is not taken for
  /// where anything goes, and nothing but plain files passes.
  private func content(of workshop: BytePath) throws(DaemonError) -> [UInt8] {
    let names = try Files.names(in: workshop, .noLink)
    guard names.count == 1, let name = names.first, name.first != Files.dot,
      try Files.facts(workshop.appending(name))?.kind == .folder
    else { throw .system("find one chart folder in", workshop, code: EBADMSG) }
    let folder = workshop.appending(name)
    for file in try Files.names(in: folder, .noLink) {
      guard try Files.facts(folder.appending(file))?.kind == .file else {
        throw .system("publish", folder.appending(file), code: EBADMSG)
      }
    }
    return name
  }

  /// `name`, or for a number above 1 `name (number)`, of at most 255 bytes.
  static func numbered(_ name: [UInt8], _ number: Int) -> [UInt8] {
    let suffix = number == 1 ? "" : " (\(number))"
    return Self.cut(name, 255 - suffix.utf8.count) + Array(suffix.utf8)
  }

  /// The beginning of `name` in at most `limit` bytes, no character cut in two.
  static func cut(_ name: [UInt8], _ limit: Int) -> [UInt8] {
    guard name.count > limit else { return name }
    var end = limit
    while end > 0, name[end] & 0xc0 == 0x80 { end -= 1 }
    return Array(name[..<end])
  }

  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
