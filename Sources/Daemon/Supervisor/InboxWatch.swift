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
  /// Jobs whose songs could not be moved away; not tried at every look.
  var immovable: Set<Int64> = []

  init(_ settings: InboxSettings) {
    self.settings = settings
    tracker = SettleTracker(settle: settings.settle)
    isPolled = settings.watch == .poll
  }
}
