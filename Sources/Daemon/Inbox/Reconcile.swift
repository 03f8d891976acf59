/// Where a song stands in the ledger.
package enum JobState: String, Hashable, Sendable, CaseIterable, Codable {
  case queued, running, done, failed
}

/// What the ledger knows of a file in an inbox.
package struct KnownFile: Hashable, Sendable {
  package var job: Int64
  package var state: JobState
  package var stamp: FileStamp

  package init(job: Int64, state: JobState, stamp: FileStamp) {
    self.job = job
    self.state = state
    self.stamp = stamp
  }
}

/// What is to be done about a file in an inbox.
package enum InboxAction: Hashable, Sendable {
  /// A new song, or new content under a known name: a new job.
  case enqueue(FoundFile)
  /// A waiting song was changed: it is the new content that will be converted.
  case renew(job: Int64, FoundFile)
  /// Converted, but its source was not moved yet (a crash, a full disk in between).
  case finish(job: Int64, FoundFile)
  /// Refused, but its source was not moved yet.
  case quarantine(job: Int64, FoundFile)
  /// A known song is no longer in the inbox.
  case forget(job: Int64)
}

/// What follows from what lies in the inbox and what the ledger knows. The only way into the queue:
/// at the start, after an event, after lost events and every few minutes alike.
///
/// - Parameters:
///   - scan: every song file in the inbox.
///   - settled: those of them that are complete; others are left alone.
///   - ledger: the inbox's known files.
///   - movesFinished: whether converted songs leave the inbox. Refused ones always do.
///   - complete: whether the scan saw everything.
package func reconcile(
  scan: [FoundFile], settled: Set<BytePath>, ledger: [BytePath: KnownFile], movesFinished: Bool,
  complete: Bool = true
) -> [InboxAction] {
  var actions: [InboxAction] = []
  for file in scan {
    guard let known = ledger[file.path] else {
      if settled.contains(file.path) { actions.append(.enqueue(file)) }
      continue
    }
    switch (known.state, known.stamp == file.stamp) {
    case (.queued, true), (.running, _): break
    case (.queued, false):
      if settled.contains(file.path) { actions.append(.renew(job: known.job, file)) }
    case (.done, true): if movesFinished { actions.append(.finish(job: known.job, file)) }
    case (.failed, true): actions.append(.quarantine(job: known.job, file))
    case (.done, false), (.failed, false):
      if settled.contains(file.path) { actions.append(.enqueue(file)) }
    }
  }
  if complete {
    let present = Set(scan.map(\.path))
    for (path, known) in ledger.sorted(by: { $0.key < $1.key })
    where !present.contains(path) && known.state != .running {
      actions.append(.forget(job: known.job))
    }
  }
  return actions
}
