internal import Conversion
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
    owner = ChartMarker.hexadecimal(Array(hash.prefix(4)))
  }

  private var workshopPrefix: String { ".chartherod-\(owner)-" }

  private func workshopName(_ job: Int64) -> [UInt8] { Array("\(workshopPrefix)\(job)".utf8) }

  func workshop(of job: Int64) -> BytePath { outbox.appending(workshopName(job)) }

  /// An empty workshop.
  func makeWorkshop(for job: Int64) throws(DaemonError) -> BytePath {
    let outbox = try OpenFolder(outbox)
    try outbox.removeTree(workshopName(job))
    _ = try outbox.make(workshopName(job), mode: 0o750)
    return workshop(of: job)
  }

  /// Publishes the chart folder in the job's workshop.
  ///
  /// - Parameter replacing: whether the chart of an older file under the same path is replaced.
  /// - Returns: the folder's name in the outbox.
  func publish(
    _ job: Job, key: JobKey, replacing: Bool, ledger: JobLedger
  ) throws(DaemonError) -> [UInt8] {
    let outbox = try OpenFolder(outbox)
    let workshop = try outbox.folder(workshopName(job.id))
    let name = try Self.content(of: workshop)
    let marker = try mark(try workshop.folder(name), job, key)
    FaultPoint.reach("built")
    for number in 1... {
      let final = Self.numbered(name, number)
      if let other = try Self.untouched(final, in: outbox) {
        guard other.song == marker.song || (replacing && other.source == marker.source)
        else { continue }
        try ledger.publishing(job.id, folder: final)
        FaultPoint.reach("noted")
        try workshop.exchange(name, with: final, of: outbox)
      } else {
        try ledger.publishing(job.id, folder: final)
        FaultPoint.reach("noted")
        guard try workshop.move(name, to: outbox, as: final) else { continue }
      }
      FaultPoint.reach("renamed")
      try outbox.synchronize()
      return final
    }
    throw .system("publish", outbox.path.appending(name), code: EEXIST)
  }

  /// Where it cannot be removed now, `sweep` does it later.
  func removeWorkshop(of job: Int64) { try? OpenFolder(outbox).removeTree(workshopName(job)) }

  /// Cleans up after a daemon that died.
  ///
  /// - Parameter jobs: those it left running.
  /// - Returns: the ones whose charts were published all the same.
  func recover(_ jobs: [Job]) throws(DaemonError) -> [Job] {
    let outbox = try OpenFolder(outbox)
    var published: [Job] = []
    for job in jobs {
      guard let name = job.folder, let content = job.content,
        let marker = try Self.marker(of: name, in: outbox), marker.job == job.id,
        marker.song == ChartMarker.hexadecimal(content), marker.model == job.model
      else { continue }
      published.append(job)
    }
    try sweep(except: [])
    return published
  }

  /// Removes workshops that nobody works in: those of a daemon that died, and those whose own removal
  /// failed.
  func sweep(except running: Set<Int64>) throws(DaemonError) {
    let outbox = try OpenFolder(outbox)
    let inUse = Set(running.map(workshopName))
    for name in try outbox.names()
    where name.starts(with: workshopPrefix.utf8) && !inUse.contains(name) {
      try outbox.removeTree(name)
    }
  }

  /// Puts our marker into a finished chart folder, in place of the worker's own, and waits until the
  /// disk has both.
  private func mark(
    _ folder: borrowing OpenFolder, _ job: Job, _ key: JobKey
  ) throws(DaemonError) -> ChartMarker {
    var marker = ChartMarker(song: key.content, chart: try Self.chart(in: folder))
    marker.job = job.id
    marker.model = key.model
    marker.options = key.options
    marker.source = "\(job.inbox.appending(job.path))"
    try folder.save(marker.bytes, as: ChartMarker.name)
    try folder.synchronize()
    return marker
  }

  /// Bytes of the longest chart read: an hour of the densest drumming in four tiers has a tenth.
  private static let longestChart = 64 << 20

  private static func chart(in folder: borrowing OpenFolder) throws(DaemonError) -> [UInt8]? {
    for name in ChartMarker.chartNames {
      if let chart = try folder.contents(name, limit: longestChart) { return chart }
    }
    return nil
  }

  /// The marker of a chart folder of ours; nil where there is none.
  private static func marker(
    of name: [UInt8], in outbox: borrowing OpenFolder
  ) throws(DaemonError) -> ChartMarker? {
    guard try outbox.facts(name)?.kind == .folder else { return nil }
    return try outbox.folder(name).contents(ChartMarker.name, limit: ChartMarker.longest)
      .flatMap { ChartMarker($0) }
  }

  /// The same, where nobody has worked on the chart since.
  private static func untouched(
    _ name: [UInt8], in outbox: borrowing OpenFolder
  ) throws(DaemonError) -> ChartMarker? {
    guard let marker = try marker(of: name, in: outbox),
      marker.isUntouched(try chart(in: try outbox.folder(name)))
    else { return nil }
    return marker
  }

  /// The one folder in the workshop. The worker read a stranger's file: its word is not taken for
  /// where anything goes, and nothing but plain files passes.
  private static func content(of workshop: borrowing OpenFolder) throws(DaemonError) -> [UInt8] {
    let names = try workshop.names()
    guard names.count == 1, let name = names.first, name.first != Files.dot,
      try workshop.facts(name)?.kind == .folder
    else { throw .system("find one chart folder in", workshop.path, code: EBADMSG) }
    let folder = try workshop.folder(name)
    for file in try folder.names() {
      guard try folder.facts(file)?.kind == .file else {
        throw .system("publish", folder.path.appending(file), code: EBADMSG)
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
}
