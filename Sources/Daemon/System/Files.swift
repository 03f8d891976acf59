internal import CLinux
internal import Glibc

/// The calls on paths that the daemon makes, each with an error that names the path.
enum Files {
  /// What is at `path`, a symbolic link not followed; nil where there is nothing.
  static func facts(_ path: BytePath) throws(DaemonError) -> FileFacts? {
    var facts = stat()
    let answer = unsafe path.withCString { unsafe lstat($0, &facts) }
    if answer == 0 { return FileFacts(facts) }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw .last("look at", path)
  }

  static func exists(_ path: BytePath) -> Bool {
    unsafe path.withCString { unsafe access($0, F_OK) } == 0
  }

  /// Makes the folder if the one above it is there; whether it worked shows when it is used.
  static func makeFolder(_ path: BytePath) {
    _ = unsafe path.withCString { unsafe mkdir($0, 0o770) }
  }

  /// Makes the folder and the ones above it where they are missing. The group comes from the folder
  /// above by its setgid bit; to ask for that bit is forbidden under the unit.
  static func makeFolders(_ path: BytePath, mode: mode_t = 0o770) throws(DaemonError) {
    let answer = unsafe path.withCString { unsafe mkdir($0, mode) }
    if answer == 0 || errno == EEXIST { return }
    guard errno == ENOENT, path.parent != path else { throw .last("make the folder", path) }
    try makeFolders(path.parent, mode: mode)
    let again = unsafe path.withCString { unsafe mkdir($0, mode) }
    guard again == 0 || errno == EEXIST else { throw .last("make the folder", path) }
  }

  /// The names in a folder, without `.` and `..`, in no order.
  static func names(
    in folder: BytePath, _ options: OpenOptions = []
  ) throws(DaemonError) -> [[UInt8]] {
    let descriptor = try Descriptor.open(folder, options.union(.folder))
    let copy = dup(descriptor.number)
    guard copy >= 0 else { throw .last("list the folder", folder) }
    return try names(listing: copy, folder)
  }

  /// The same, of an open folder; takes over `number`.
  static func names(listing number: Int32, _ folder: BytePath) throws(DaemonError) -> [[UInt8]] {
    guard let stream = unsafe fdopendir(number) else {
      close(number)
      throw .last("list the folder", folder)
    }
    defer { unsafe closedir(stream) }
    var names: [[UInt8]] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 { throw .last("list the folder", folder) }
        return names
      }
      let name = unsafe nameBytes(entry)
      if name != [dot] && name != [dot, dot] { names.append(name) }
    }
  }

  static let dot = UInt8(ascii: ".")

  private static func nameBytes(_ entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
      let text = unsafe UnsafeRawPointer(field).assumingMemoryBound(to: UInt8.self)
      var bytes: [UInt8] = []
      while let byte = unsafe Optional(text[bytes.count]), byte != 0 { bytes.append(byte) }
      return bytes
    }
  }

  /// Gives `old` the name `new` if that is free; false where it is taken.
  static func renameNew(_ old: BytePath, to new: BytePath) throws(DaemonError) -> Bool {
    try moveNew(from: AT_FDCWD, old, to: AT_FDCWD, new, target: new)
  }

  /// The same for names in open folders; `target` is for messages.
  static func moveNew(
    from: Int32, _ old: BytePath, to: Int32, _ new: BytePath, target: BytePath
  ) throws(DaemonError) -> Bool {
    let code: Int32? = unsafe old.withCString { old in
      unsafe new.withCString { new in
        if unsafe linux_rename_new(from, old, to, new) == 0 { return nil }
        guard errno == EINVAL || errno == ENOSYS else { return errno }
        // A file system that cannot (NFS, SMB, most of FUSE): a second link is never made over
        // anything. Folders have none, and no rename puts one over another that holds something.
        if unsafe linkat(from, old, to, new, 0) == 0 {
          return unsafe unlinkat(from, old, 0) == 0 ? nil : errno
        }
        if errno == EEXIST { return EEXIST }
        if unsafe faccessat(to, new, F_OK, AT_SYMLINK_NOFOLLOW) == 0 { return EEXIST }
        return unsafe renameat(from, old, to, new) == 0 ? nil : errno
      }
    }
    guard let code else { return true }
    if code == EEXIST || code == ENOTEMPTY { return false }
    throw .system("move \(old) to", target, code: code)
  }

  static func remove(_ path: BytePath) throws(DaemonError) {
    let answer = unsafe path.withCString { unsafe unlink($0) }
    guard answer == 0 || errno == ENOENT else { throw .last("remove", path) }
  }

  /// Saves a small file whole: a temporary name beside it, fsync, rename over the old one.
  ///
  /// - Parameter mode: permissions, whatever the process's mask; nil leaves them to that.
  static func save(
    _ bytes: some Sequence<UInt8>, to path: BytePath, mode: mode_t? = nil
  ) throws(DaemonError) {
    let temporary = path.parent.appending(TemporaryName.next())
    do throws(DaemonError) {
      let file = try Descriptor.open(temporary, [.new])
      try file.write(bytes, to: temporary)
      if let mode { fchmod(file.number, mode) }
      try file.synchronize(temporary)
    } catch {
      try? remove(temporary)
      throw error
    }
    let answer = unsafe temporary.withCString { from in
      unsafe path.withCString { to in unsafe rename(from, to) }
    }
    guard answer == 0 else { throw .last("write", path) }
  }

  /// The path without `.`, `..` and symbolic links, nil where it does not exist.
  static func resolved(_ path: BytePath) -> BytePath? {
    unsafe path.withCString { name in
      guard let real = unsafe realpath(name, nil) else { return nil }
      defer { unsafe free(real) }
      return unsafe BytePath(
        UnsafeBufferPointer(start: real, count: strlen(real)).map { UInt8(bitPattern: $0) })
    }
  }

  /// Bytes free to us on the path's file system, nil where it cannot be told.
  static func freeBytes(_ path: BytePath) -> Int64? {
    let free = unsafe path.withCString { unsafe linux_free_bytes($0) }
    return free < 0 ? nil : free
  }
}
