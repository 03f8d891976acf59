internal import Foundation
internal import Glibc

/// Moves songs out of the inbox: to the done folder, or to the failed one with the reason beside it.
package struct SourceMover: Sendable {
  /// Where a song went.
  struct Move: Hashable {
    var location: BytePath
    var stamp: FileStamp
  }

  /// Moves a job's file below `folder`, in the same subfolders it had in its inbox, under the same
  /// name or a numbered one. Nothing is overwritten.
  ///
  /// - Parameter announcing: called with the place that it is about to go to.
  /// - Returns: nil where the file is gone or not the one that was converted: it stays where it is.
  static func move(
    _ job: Job, into folder: BytePath,
    announcing: (BytePath) throws(DaemonError) -> Void = { _ in }
  ) throws(DaemonError) -> Move? {
    guard let facts = try Files.facts(job.location), facts.stamp == job.stamp else { return nil }
    let wanted = folder.appending(job.path)
    try Files.makeFolders(wanted.parent)
    for number in 1... {
      let target = wanted.parent.appending(numbered(wanted.lastComponent, number))
      if Files.exists(target) { continue }
      try announcing(target)
      let isMoved: Bool
      do {
        isMoved = try Files.renameNew(job.location, to: target)
      } catch .system(_, _, let code) where code == EXDEV {
        isMoved = try copy(job.location, to: target)
      }
      guard isMoved else { continue }
      guard let new = try Files.facts(target) else { return nil }
      return Move(location: target, stamp: new.stamp)
    }
    return nil
  }

  /// Copies to another file system: first whole under a hidden name, then renamed, and only then is
  /// the old file removed.
  private static func copy(_ source: BytePath, to target: BytePath) throws(DaemonError) -> Bool {
    guard !Files.exists(target) else { return false }
    let temporary = target.parent.appending(TemporaryName.next())
    do throws(DaemonError) {
      let from = try Descriptor.open(source, [.noLink])
      let to = try Descriptor.open(temporary, [.new])
      while true {
        let bytes = try from.read(1 << 20, of: source)
        if bytes.isEmpty { break }
        try to.write(bytes, to: temporary)
      }
      try to.synchronize(temporary)
      guard try Files.renameNew(temporary, to: target) else {
        try Files.remove(temporary)
        return false
      }
    } catch {
      try? Files.remove(temporary)
      throw error
    }
    try Files.remove(source)
    return true
  }

  /// `song.mp3`, `song (2).mp3`, ... of at most 255 bytes.
  package static func numbered(_ name: [UInt8], _ number: Int) -> [UInt8] {
    guard number > 1 else { return name }
    let point = name.lastIndex(of: Files.dot).flatMap { $0 > 0 ? $0 : nil } ?? name.endIndex
    let ending = Array(" (\(number))".utf8) + name[point...]
    guard ending.count < 255 else { return Publisher.numbered(name, number) }
    return Publisher.cut(Array(name[..<point]), 255 - ending.count) + ending
  }
}

/// The text beside a refused song that says why.
enum FailureNote {
  /// Of at most 255 bytes, like every name.
  static func path(of song: BytePath) -> BytePath {
    let ending = Array(".error.txt".utf8)
    return song.parent.appending(Publisher.cut(song.lastComponent, 255 - ending.count) + ending)
  }

  static func write(
    for song: BytePath, job: Job, stage: String, reason: String
  ) throws(DaemonError) {
    let text = """
      \(BytePath.printable(job.path.lastComponent)) was not converted: \(reason)

      Stage:    \(stage)
      Found as: \(job.inbox.appending(job.path))
      Attempts: \(max(job.attempts, 1))
      Job:      \(job.id)

      What happened, step by step:  journalctl CHARTHERO_JOB=\(job.id)
      To try again:                 charthero retry \(job.id)

      """
    try Files.save(text.utf8, to: path(of: song))
  }
}
