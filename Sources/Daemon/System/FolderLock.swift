internal import Glibc

/// The right to work on a folder, which only one process has; it ends with the process at the latest.
final class FolderLock: Sendable {
  private let descriptor: Descriptor
  private let stamp: FileStamp

  /// - Throws: `held` where another process has it.
  init(_ folder: BytePath) throws(DaemonError) {
    let descriptor = try Descriptor.open(folder, [.folder])
    // A file system without locks (some network ones) cannot tell: one daemon is assumed there.
    if flock(descriptor.number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK {
      throw .held(folder)
    }
    stamp = try descriptor.facts(folder).stamp
    self.descriptor = descriptor
  }

  /// Whether this is the lock of the folder that is there now, not of one that was removed.
  func isOf(_ folder: FoundFolder) -> Bool {
    stamp.device == folder.device && stamp.inode == folder.inode
  }
}
