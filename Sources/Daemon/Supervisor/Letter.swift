/// What the supervisor's loop is told.
enum Letter: Hashable, Sendable {
  case watcher(FolderWatcher.Report)
  case ended(job: Int64, Outcome)
  case wake
  case reload
  case stop
}
