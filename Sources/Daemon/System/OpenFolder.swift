internal import CLinux
internal import Glibc

/// A folder held open: what is done to the names in it reaches this very folder, whatever becomes of
/// its path meanwhile, and can never lead out of it. No name is followed when it is a link.
struct OpenFolder: ~Copyable {
  let descriptor: Descriptor
  /// For messages.
  let path: BytePath

  init(_ path: BytePath) throws(DaemonError) {
    descriptor = try Descriptor.open(path, [.folder])
    self.path = path
  }

  private init(_ descriptor: consuming Descriptor, _ path: BytePath) {
    self.descriptor = descriptor
    self.path = path
  }

  /// The folder of this name in here.
  func folder(_ name: [UInt8]) throws(DaemonError) -> OpenFolder {
    OpenFolder(try open(name, [.folder, .noLink]), path.appending(name))
  }

  /// Opens the file of this name in here (openat2 with RESOLVE_BENEATH and no links).
  func open(
    _ name: [UInt8], _ options: OpenOptions = [.noLink, .noWait], mode: mode_t = 0o640
  ) throws(DaemonError) -> Descriptor {
    let whole = path.appending(name)
    guard Self.isPlain(name) else { throw .system("open", whole, code: EXDEV) }
    var number = unsafe BytePath(name).withCString {
      unsafe linux_open_beneath(descriptor.number, $0, options.rawValue, mode)
    }
    if number < 0 && errno == ENOSYS {
      // A kernel before 5.6: for a single name O_NOFOLLOW says the same.
      number = unsafe BytePath(name).withCString {
        unsafe linux_open_at(descriptor.number, $0, options.rawValue | O_NOFOLLOW, mode)
      }
    }
    guard number >= 0 else { throw .last("open", whole) }
    return Descriptor(taking: number)
  }

  /// Whether this is one name and no way to elsewhere.
  private static func isPlain(_ name: [UInt8]) -> Bool {
    !name.isEmpty && name != [Files.dot] && name != [Files.dot, Files.dot]
      && !name.contains(BytePath.separator) && !name.contains(0)
  }

  /// Makes an empty folder in here.
  func make(_ name: [UInt8], mode: mode_t) throws(DaemonError) -> OpenFolder {
    let code = unsafe BytePath(name).withCString { unsafe mkdirat(descriptor.number, $0, mode) }
    guard code == 0 else { throw .last("make the folder", path.appending(name)) }
    return try folder(name)
  }

  /// What bears this name, nil where nothing does.
  func facts(_ name: [UInt8]) throws(DaemonError) -> FileFacts? {
    var facts = stat()
    let code = unsafe BytePath(name).withCString {
      unsafe fstatat(descriptor.number, $0, &facts, AT_SYMLINK_NOFOLLOW)
    }
    if code == 0 { return FileFacts(facts) }
    if errno == ENOENT { return nil }
    throw .last("look at", path.appending(name))
  }

  /// All names in here, in no order.
  func names() throws(DaemonError) -> [[UInt8]] {
    // Opened anew: a copy of the descriptor would share its place in the list.
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    let number = unsafe linux_open_at(descriptor.number, ".", flags, 0)
    guard number >= 0 else { throw .last("list the folder", path) }
    return try Files.names(listing: number, path)
  }

  /// The bytes of a file in here, at most `limit`; nil where there is no such file.
  func contents(_ name: String, limit: Int) throws(DaemonError) -> [UInt8]? {
    do {
      return try open(Array(name.utf8)).read(limit, of: path.appending(name))
    } catch .system(_, _, let code) where [ENOENT, ENOTDIR, ELOOP].contains(code) {
      return nil
    }
  }

  /// Writes a new file, in place of an older one, whole and down to the disk.
  func save(_ bytes: some Sequence<UInt8>, as name: String) throws(DaemonError) {
    let temporary = TemporaryName.next()
    let file = try open(temporary, [.new, .noLink])
    try file.write(bytes, to: path.appending(temporary))
    try file.synchronize(path.appending(temporary))
    let code = unsafe BytePath(temporary).withCString { old in
      unsafe BytePath(name).withCString { new in
        unsafe renameat(descriptor.number, old, descriptor.number, new)
      }
    }
    guard code == 0 else { throw .last("write", path.appending(name)) }
  }

  /// Moves `name` from here into another folder under a new name if that is free; false where it is
  /// taken.
  func move(
    _ name: [UInt8], to folder: borrowing OpenFolder, as new: [UInt8]
  ) throws(DaemonError) -> Bool {
    try Files.moveNew(
      from: descriptor.number, BytePath(name), to: folder.descriptor.number, BytePath(new),
      target: folder.path.appending(new))
  }

  /// Lets a name in here and one in another folder change places.
  func exchange(
    _ name: [UInt8], with other: [UInt8], of folder: borrowing OpenFolder
  ) throws(DaemonError) {
    let code = unsafe BytePath(name).withCString { first in
      unsafe BytePath(other).withCString { second in
        unsafe linux_rename_exchange(
          descriptor.number, first, folder.descriptor.number, second)
      }
    }
    if code == 0 { return }
    guard errno == EINVAL || errno == ENOSYS else {
      throw .last("replace", folder.path.appending(other))
    }
    // A file system that cannot (NFS, SMB, most of FUSE): the old one first goes aside. Between the
    // two steps the name is free, not wrong.
    let aside = name + Array(" (old)".utf8)
    guard try folder.move(other, to: self, as: aside), try move(name, to: folder, as: other)
    else { throw .system("replace", folder.path.appending(other), code: EEXIST) }
  }

  func remove(_ name: [UInt8]) throws(DaemonError) {
    let code = unsafe BytePath(name).withCString { unsafe unlinkat(descriptor.number, $0, 0) }
    guard code == 0 || errno == ENOENT else { throw .last("remove", path.appending(name)) }
  }

  /// Removes what bears the name, a folder with all in it; links are removed, never followed.
  func removeTree(_ name: [UInt8]) throws(DaemonError) {
    guard let facts = try facts(name) else { return }
    guard facts.kind == .folder else { return try remove(name) }
    let inside = try folder(name)
    for child in try inside.names() { try inside.removeTree(child) }
    let code = unsafe BytePath(name).withCString {
      unsafe unlinkat(descriptor.number, $0, AT_REMOVEDIR)
    }
    guard code == 0 || errno == ENOENT else { throw .last("remove", path.appending(name)) }
  }

  /// Waits until the disk has the list of names.
  func synchronize() throws(DaemonError) { try descriptor.synchronize(path) }
}
