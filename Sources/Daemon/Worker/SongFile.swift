internal import CLinux
internal import Conversion
internal import Glibc

/// An open song file, and the certainty that it is the one that was seen and still is.
struct SongFile: ~Copyable {
  let descriptor: Descriptor
  let path: BytePath
  let stamp: FileStamp

  /// Why a song cannot be worked on.
  enum Obstacle: Error, Hashable {
    case vanished, changed
    case refused(String)
    case system(DaemonError)
  }

  /// Opens a job's file for reading. Inside an inbox no link on the way is followed.
  init(_ job: Job, largest: Int64) throws(Obstacle) {
    let opened = try Self.open(job)
    let facts: FileFacts
    do { facts = try opened.facts(job.location) } catch { throw Self.obstacle(error) }
    guard facts.kind == .file else { throw .refused("it is not a regular file") }
    guard facts.stamp == job.stamp else { throw .changed }
    let size = facts.stamp.size
    guard size > 0 else { throw .refused("the file is empty") }
    guard size <= largest else {
      throw .refused("the file has \(size >> 20) MB; the limit is \(largest >> 20) MB")
    }
    descriptor = opened
    path = job.location
    stamp = facts.stamp
  }

  private static func obstacle(_ error: DaemonError) -> Obstacle {
    guard case .system(_, _, let code) = error else { return .system(error) }
    switch code {
    case ENOENT, ENOTDIR: return .vanished
    case ELOOP, EXDEV: return .refused("a link lies on its path")
    case EACCES, EPERM:
      return .refused("chartherod may not read it: its owner must let the group read it")
    default: return .system(error)
    }
  }

  private static func open(_ job: Job) throws(Obstacle) -> Descriptor {
    do { return try openBeneath(job) } catch { throw obstacle(error) }
  }

  private static func openBeneath(_ job: Job) throws(DaemonError) -> Descriptor {
    let options: OpenOptions = [.noLink, .noWait]
    guard job.isPresent else { return try Descriptor.open(job.location, options) }
    let inbox = try Descriptor.open(job.inbox, [.folder])
    let number = unsafe job.path.withCString {
      unsafe linux_open_beneath(inbox.number, $0, options.rawValue, 0)
    }
    if number >= 0 { return Descriptor(taking: number) }
    // A kernel before 5.6, or a sandbox that does not know the call.
    if errno == ENOSYS { return try Descriptor.open(job.location, options) }
    throw .last("open", job.location)
  }

  /// Whether some program has it open for writing, as far as that can be told.
  var isBeingWritten: Bool { linux_open_for_writing(descriptor.number) == 1 }

  /// Whether parts of it were never written: a copy into a file that was given its full size first.
  var hasHoles: Bool { linux_first_hole(descriptor.number) < off_t(stamp.size) }

  /// Whether it is still what it was when it was opened, under the same name.
  func isUnchanged() throws(DaemonError) -> Bool {
    guard try descriptor.facts(path).stamp == stamp else { return false }
    return try Files.facts(path)?.stamp == stamp
  }

  /// SHA-256 of the content; nil when stopped meanwhile.
  func hash(unless isStopped: () -> Bool) throws(DaemonError) -> [UInt8]? {
    var hash = SHA256()
    while !isStopped() {
      let bytes = try descriptor.read(1 << 18, of: path)
      if bytes.isEmpty {
        lseek(descriptor.number, 0, SEEK_SET)
        return hash.finish()
      }
      hash.update(bytes)
    }
    return nil
  }
}
