/// Decides when a file that may still be growing is complete: once it was seen twice, at least the
/// settle time apart, in exactly the same state. Time is handed in, seconds of a monotonic clock, so
/// that neither the wall clock nor the files' own times matter.
package struct SettleTracker: Sendable {
  private struct Watch {
    var stamp: FileStamp
    var since: Double
    /// Not taken before this time whatever the stamp says: somebody was found writing.
    var notBefore: Double
  }

  private var watched: [BytePath: Watch] = [:]
  private let settle: Double

  /// - Parameter settle: seconds without any change.
  package init(settle: Double) { self.settle = settle }

  /// Files being watched.
  package var count: Int { watched.count }

  /// Takes note of what lies in the inbox and is not known yet. Files that are gone are forgotten.
  ///
  /// - Returns: the complete ones, which are still watched until `forget`, and the seconds until the
  ///   next one can be complete.
  package mutating func observe(
    _ files: [FoundFile], at now: Double
  ) -> (settled: [FoundFile], wait: Double?) {
    var next: [BytePath: Watch] = [:]
    var settled: [FoundFile] = []
    var wait: Double?
    for file in files {
      var watch = watched[file.path] ?? Watch(stamp: file.stamp, since: now, notBefore: now)
      if watch.stamp != file.stamp {
        watch.stamp = file.stamp
        watch.since = now
      }
      next[file.path] = watch
      let due = max(watch.since + settle, watch.notBefore)
      if due <= now {
        settled.append(file)
      } else {
        wait = min(wait ?? .infinity, due - now)
      }
    }
    watched = next
    return (settled, wait)
  }

  /// Puts a file off, for `seconds` at least: it looked complete and was found in use.
  package mutating func postpone(_ path: BytePath, by seconds: Double, at now: Double) {
    watched[path]?.notBefore = now + seconds
  }

  package mutating func forget(_ path: BytePath) { watched[path] = nil }
}
