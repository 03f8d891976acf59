internal import Glibc

/// A song file in an inbox.
package struct FoundFile: Hashable, Sendable {
  /// Relative to the inbox.
  package var path: BytePath
  package var stamp: FileStamp

  package init(path: BytePath, stamp: FileStamp) {
    self.path = path
    self.stamp = stamp
  }
}

/// A folder of an inbox, the inbox itself among them.
package struct FoundFolder: Hashable, Sendable {
  package var path: BytePath
  package var device: UInt64
  package var inode: UInt64
}

/// All that lies in an inbox at one moment: the truth that events only hint at.
package struct InboxScan: Sendable {
  package var files: [FoundFile] = []
  package var folders: [FoundFolder] = []
  /// What could not be looked into; a file missing from an incomplete scan may still be there.
  package var problems: [DaemonError] = []

  package var isComplete: Bool { problems.isEmpty }

  /// Looks through the inbox and its folders. Never follows a symbolic link, never enters another
  /// file system, never opens a file.
  ///
  /// - Parameter skipping: folders of our own (done, failed), absolute.
  /// - Throws: where the inbox itself cannot be read.
  package init(of inbox: BytePath, skipping: Set<BytePath>) throws(DaemonError) {
    guard let root = try Files.facts(inbox) else {
      throw .system("look into the inbox", inbox, code: ENOENT)
    }
    // The inbox itself may be a link: its owner put it in the configuration.
    guard root.kind == .folder || root.kind == .link else {
      throw .system("look into the inbox", inbox, code: ENOTDIR)
    }
    let top = try Descriptor.open(inbox, [.folder]).facts(inbox)
    let names = try Files.names(in: inbox)
    enter(inbox, relative: BytePath(""), top, names: names)
    var pending = folders.count == 1 ? subfolders : []
    while let next = pending.popLast() {
      guard next.relative.components.count <= Self.depth, !skipping.contains(next.path),
        next.facts.stamp.device == top.stamp.device
      else { continue }
      subfolders = []
      do {
        let names = try Files.names(in: next.path, .noLink)
        enter(next.path, relative: next.relative, next.facts, names: names)
      } catch {
        problems.append(error)
      }
      pending += subfolders
    }
    subfolders = []
    // An album in its order, whatever order the file system gives.
    files.sort { $0.path < $1.path }
  }

  /// Folders deeper than this are somebody's mistake, or a loop of mounts.
  private static let depth = 32

  private struct Subfolder {
    var path: BytePath
    var relative: BytePath
    var facts: FileFacts
  }

  private var subfolders: [Subfolder] = []

  private mutating func enter(
    _ folder: BytePath, relative: BytePath, _ facts: FileFacts, names: [[UInt8]]
  ) {
    folders.append(
      FoundFolder(path: folder, device: facts.stamp.device, inode: facts.stamp.inode))
    let all = Set(names)
    for name in names {
      let song = NameRules.isSong(name)
      guard song || NameRules.isEntered(name) else { continue }
      let path = folder.appending(name)
      do {
        guard let facts = try Files.facts(path) else { continue }
        switch facts.kind {
        case .file where song && !all.contains(NameRules.companion(of: name)):
          files.append(FoundFile(path: relative.appending(name), stamp: facts.stamp))
        case .folder where NameRules.isEntered(name):
          subfolders.append(
            Subfolder(path: path, relative: relative.appending(name), facts: facts))
        default: break
        }
      } catch {
        problems.append(error)
      }
    }
  }
}
