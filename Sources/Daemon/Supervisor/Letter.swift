/// What the supervisor's loop is told.
enum Letter: Hashable, Sendable {
  case watcher(FolderWatcher.Report)
  /// - Parameter isPlaced: whether the song file went where it belongs.
  case ended(job: Int64, Outcome, isPlaced: Bool)
  case wake
  case reload
  case stop
}
