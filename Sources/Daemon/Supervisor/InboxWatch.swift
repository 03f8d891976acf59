/// One inbox as the supervisor sees it between two looks.
struct InboxWatch: Sendable {
  var settings: InboxSettings
  var tracker: SettleTracker
  /// The folders that were there at the last look.
  var folders: Set<FoundFolder> = []
  /// Monotonic time of the next look, s.
  var nextLook = 0.0
  /// Earliest time of a look because of an event: looking must not take more than a tenth of our
  /// time, however fast events come.
  var earliestLook = 0.0
  /// Why it cannot be read; nil while it can.
  var trouble: DaemonError?
  /// Whether the kernel's events cannot be relied upon.
  var isPolled = false
  private var lock: FolderLock?
  /// Jobs whose songs could not be moved away, each with its pause until the next try.
  var immovable: [Int64: Pause] = [:]

  init(_ settings: InboxSettings) {
    self.settings = settings
    tracker = SettleTracker(settle: settings.settle)
    isPolled = settings.watch == .poll
  }

  /// An inbox that nobody else works on.
  ///
  /// - Throws: only `held`; an inbox that is not there is waited for.
  init(locking settings: InboxSettings) throws(DaemonError) {
    self.init(settings)
    do {
      lock = try FolderLock(settings.path)
    } catch .held(let path) {
      throw .held(path)
    } catch {
      // The first look tells.
    }
  }

  /// Makes sure that the inbox which is there now is ours.
  mutating func lock(_ scan: InboxScan) throws(DaemonError) {
    if let lock, let root = scan.folders.first, lock.isOf(root) { return }
    lock = nil
    lock = try FolderLock(settings.path)
  }
}
