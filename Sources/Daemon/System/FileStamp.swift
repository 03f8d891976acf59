internal import Glibc

/// What tells a file from every other state of it, and of every other file under its name: compared
/// for equality only, so that clocks and file times of the future or the past do not matter.
package struct FileStamp: Hashable, Sendable {
  package var device: UInt64
  package var inode: UInt64
  /// Bytes.
  package var size: Int64
  /// Time of the last write to the content, ns.
  package var modified: Int64
  /// Time of the last change of content or attributes, ns. A rename moves it on most file systems.
  package var changed: Int64

  package init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
    self.device = device
    self.inode = inode
    self.size = size
    self.modified = modified
    self.changed = changed
  }

  init(_ facts: stat) {
    device = UInt64(facts.st_dev)
    inode = UInt64(facts.st_ino)
    size = Int64(facts.st_size)
    modified = Int64(facts.st_mtim.tv_sec) * 1_000_000_000 + Int64(facts.st_mtim.tv_nsec)
    changed = Int64(facts.st_ctim.tv_sec) * 1_000_000_000 + Int64(facts.st_ctim.tv_nsec)
  }
}

/// What a name in a folder stands for.
enum FileKind {
  case file, folder, link, other

  init(_ facts: stat) {
    switch facts.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    case S_IFLNK: self = .link
    default: self = .other
    }
  }
}

struct FileFacts {
  var kind: FileKind
  var stamp: FileStamp
  /// Permission bits.
  var mode: UInt32

  init(_ facts: stat) {
    kind = FileKind(facts)
    stamp = FileStamp(facts)
    mode = facts.st_mode & 0o7777
  }
}

extension Descriptor {
  func facts(_ path: BytePath) throws(DaemonError) -> FileFacts {
    var facts = stat()
    guard unsafe fstat(number, &facts) == 0 else { throw .last("look at", path) }
    return FileFacts(facts)
  }
}
