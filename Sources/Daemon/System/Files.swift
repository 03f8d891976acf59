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
    guard copy >= 0, let stream = unsafe fdopendir(copy) else {
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
    let answer = unsafe old.withCString { from in
      unsafe new.withCString { to in unsafe linux_rename_new(AT_FDCWD, from, AT_FDCWD, to) }
    }
    if answer == 0 { return true }
    if errno == EEXIST || errno == ENOTEMPTY { return false }
    throw .last("move \(old) to", new)
  }

  /// Lets two existing names change places at once.
  static func exchange(_ first: BytePath, _ second: BytePath) throws(DaemonError) {
    let answer = unsafe first.withCString { a in
      unsafe second.withCString { b in unsafe linux_rename_exchange(AT_FDCWD, a, AT_FDCWD, b) }
    }
    guard answer == 0 else { throw .last("exchange \(first) with", second) }
  }

  static func remove(_ path: BytePath) throws(DaemonError) {
    let answer = unsafe path.withCString { unsafe unlink($0) }
    guard answer == 0 || errno == ENOENT else { throw .last("remove", path) }
  }

  /// Removes a folder with all in it; links are removed, never followed.
  static func removeTree(_ path: BytePath) throws(DaemonError) {
    guard let facts = try facts(path) else { return }
    guard facts.kind == .folder else { return try remove(path) }
    for name in try names(in: path, .noLink) { try removeTree(path.appending(name)) }
    let answer = unsafe path.withCString { unsafe rmdir($0) }
    guard answer == 0 || errno == ENOENT else { throw .last("remove", path) }
  }

  static func synchronizeFolder(_ path: BytePath) throws(DaemonError) {
    try Descriptor.open(path, [.folder]).synchronize(path)
  }

  /// Saves a small file whole: a temporary name beside it, fsync, rename over the old one.
  static func save(_ bytes: some Sequence<UInt8>, to path: BytePath) throws(DaemonError) {
    let temporary = path.parent.appending(".chartherod-\(getpid()).tmp")
    do throws(DaemonError) {
      let file = try Descriptor.open(temporary, [.creating])
      guard ftruncate(file.number, 0) == 0 else { throw DaemonError.last("empty", temporary) }
      try file.write(bytes, to: temporary)
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
