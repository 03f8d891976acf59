internal import Glibc
internal import Synchronization

/// Hidden names for files that are not whole yet: one of its own for each, for several threads write
/// into the same folder, and of numbers alone, so that no song's name makes them too long.
enum TemporaryName {
  private static let serial = Atomic<Int>(0)
  private static let beginning = Array(".chartherod-".utf8)
  private static let ending = Array(".tmp".utf8)

  static func next() -> [UInt8] {
    let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
    return beginning + Array("\(getpid())-\(number)".utf8) + ending
  }

  /// Removes what daemons that died have left in a folder.
  static func sweep(_ folder: BytePath) throws(DaemonError) {
    guard Files.exists(folder) else { return }
    for name in try Files.names(in: folder)
    where name.starts(with: beginning) && name.suffix(ending.count).elementsEqual(ending) {
      try Files.remove(folder.appending(name))
    }
  }
}
