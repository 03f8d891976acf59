internal import Glibc
internal import Logging

extension InboxAction {
  /// The ended job whose song is to leave the inbox.
  fileprivate var jobToMove: Int64? {
    switch self {
    case .finish(let job, _), .quarantine(let job, _): job
    case .enqueue, .renew, .forget: nil
    }
  }
}

/// Looking into the inboxes.
extension Supervisor {
  func receive(_ report: FolderWatcher.Report) {
    switch report {
    case .changed: break
    case .overflow:
      log.daemon(.notice, .eventsLost, "too many changes at once: looking through the inboxes")
    case .unwatchable(let folder, let code):
      for index in inboxes.indices where folder.isWithin(inboxes[index].settings.path) {
        poll(index, because: "\(DaemonError.system("watch", folder, code: code))")
      }
    case .blind(let code):
      isBlind = true
      for index in inboxes.indices {
        poll(index, because: "\(DaemonError.system("watch folders", nil, code: code))")
      }
    }
    for index in inboxes.indices {
      inboxes[index].nextLook = min(inboxes[index].nextLook, inboxes[index].earliestLook)
    }
  }

  private func poll(_ index: Int, because reason: String) {
    guard !inboxes[index].isPolled else { return }
    inboxes[index].isPolled = true
    log.daemon(
      .warning, .polling,
      "\(reason); looking into \(inboxes[index].settings.path) every \(Int(settings.poll)) s instead"
    )
  }

  func lookIntoInboxes() {
    let skipping = Set(settings.ownFolders)
    for index in inboxes.indices where inboxes[index].nextLook <= MonotonicClock.now {
      let begin = MonotonicClock.now
      let wait = look(into: index, skipping: skipping)
      let end = MonotonicClock.now
      var usual =
        inboxes[index].isPolled || inboxes[index].trouble != nil
        ? settings.poll : settings.rescan
      if let retry = inboxes[index].immovable.values.map(\.until).min() {
        usual = min(usual, max(0, retry - end))
      }
      inboxes[index].earliestLook = end + min(max(0.2, 10 * (end - begin)), 10)
      inboxes[index].nextLook = end + max(min(wait ?? usual, usual), 0.05)
    }
    watcher?.watch(inboxes.filter { !$0.isPolled }.reduce(into: []) { $0.formUnion($1.folders) })
  }

  /// Looks into one inbox and queues what is complete.
  ///
  /// - Returns: seconds until the next file there may be complete.
  private func look(into index: Int, skipping: Set<BytePath>) -> Double? {
    let path = inboxes[index].settings.path
    let scan: InboxScan
    do {
      scan = try InboxScan(of: path, skipping: skipping)
      try inboxes[index].lock(scan)
    } catch {
      if inboxes[index].trouble == nil {
        log.daemon(.warning, .inboxGone, "\(error); waiting for it")
      }
      inboxes[index].trouble = error
      inboxes[index].folders = []
      return nil
    }
    if inboxes[index].trouble != nil {
      inboxes[index].trouble = nil
      log.daemon(.notice, .inboxBack, "\(path) is there again")
    }
    inboxes[index].folders = Set(scan.folders)
    if FileSystemKind.isBlind(path) && !inboxes[index].isPolled {
      poll(index, because: "the file system of \(path) does not report others' changes")
    }
    do {
      return try queue(scan, index)
    } catch {
      hindered(by: "\(error)")
      return settings.poll
    }
  }

  private func queue(_ scan: InboxScan, _ index: Int) throws(DaemonError) -> Double? {
    let inbox = inboxes[index].settings
    var known = try ledger.known(in: inbox.path)
    // A job that just ended in the ledger may still be moving its song.
    for (path, file) in known where running[file.job] != nil { known[path]?.state = .running }
    let unknown = scan.files.filter { known[$0.path]?.stamp != $0.stamp }
    let (settled, wait) = inboxes[index].tracker.observe(unknown, at: MonotonicClock.now)
    let actions = reconcile(
      scan: scan.files, settled: Set(settled.map(\.path)), ledger: known,
      movesFinished: inbox.finished == .move, complete: scan.isComplete)
    let toMove = Set(actions.compactMap(\.jobToMove))
    inboxes[index].immovable = inboxes[index].immovable.filter { toMove.contains($0.key) }
    guard !actions.isEmpty else { return wait }
    let new = try ledger.apply(actions, inbox: inbox.path, at: WallClock.now)
    report(new, inbox)
    try tidy(actions, index)
    return wait
  }

  /// Moves songs that ended and still lie in the inbox.
  private func tidy(_ actions: [InboxAction], _ index: Int) throws(DaemonError) {
    let inbox = inboxes[index].settings
    let conclusion = JobConclusion(settings: settings, inbox: inbox, ledger: ledger, log: log)
    for action in actions {
      guard let id = action.jobToMove else { continue }
      let now = MonotonicClock.now
      var pause = inboxes[index].immovable[id]
      if let pause, pause.until > now { continue }
      guard let job = try ledger.job(id) else { continue }
      let isPlaced =
        job.state == .done
        ? conclusion.finish(job, complains: pause == nil)
        : conclusion.quarantine(id, complains: pause == nil)
      if isPlaced {
        pause = nil
      } else if pause != nil {
        pause?.extend(reason: "", at: now)
      } else {
        pause = Pause(reason: "", first: settings.backoff, at: now)
      }
      inboxes[index].immovable[id] = pause
    }
  }

  /// A line for each of a few songs, one line for many: ten thousand at once are one event.
  private func report(_ new: [Int64], _ inbox: InboxSettings) {
    if new.count > 20 {
      log.daemon(.notice, .queued, "\(new.count) songs queued from \(inbox.path)")
      return
    }
    for id in new {
      guard let job = try? ledger.job(id) else { continue }
      log.song(.info, .queued, job, "queued, \(job.stamp.size) bytes", stage: "queued")
    }
  }
}
