internal import Glibc

/// What the daemon answers, from the status board and the ledger.
struct ControlAnswers: Sendable {
  var board: StatusBoard
  var ledger: JobLedger
  /// Tells the supervisor that the queue has changed.
  var wake: @Sendable () -> Void

  func answer(_ request: ControlRequest) -> ControlReply {
    do {
      switch request {
      case .status(let recent): return .status(try status(recent: min(max(recent, 0), 1000)))
      case .retry(let which): return try retry(which)
      case .cancel(let jobs): return try cancel(jobs)
      case .metrics: return .metrics(board.current.metrics)
      }
    } catch {
      return .failed(reason: "\(error)")
    }
  }

  private func status(recent: Int) throws(DaemonError) -> DaemonStatus {
    let now = board.current
    let counts = try ledger.counts()
    return DaemonStatus(
      summary: now.summary, paused: now.paused,
      running: now.running.map { job, control in
        let progress = control.progress
        return .init(
          job: job.id, song: "\(job.path)", stage: progress.stage, fraction: progress.fraction,
          seconds: MonotonicClock.now - control.started)
      },
      counts: Dictionary(
        uniqueKeysWithValues: JobState.allCases.map { ($0.rawValue, counts[$0] ?? 0) }),
      recent: try ledger.recent(limit: recent).map { job in
        .init(
          job: job.id, song: "\(job.path)", state: job.state,
          folder: job.folder.map { BytePath.printable($0) }, stage: job.stage, reason: job.reason,
          finished: job.finished)
      },
      inboxes: now.inboxes.map {
        .init(
          path: "\($0.path)", trouble: $0.trouble, isPolled: $0.isPolled, settling: $0.settling)
      },
      outbox: "\(now.outbox)", freeBytes: Files.freeBytes(now.outbox),
      model: now.model?.identity.key ?? "", kernels: now.model?.kernels ?? "",
      processIdentifier: getpid(), uptime: MonotonicClock.now - board.started)
  }

  private func retry(_ which: ControlRequest.Retry) throws(DaemonError) -> ControlReply {
    let model = board.current.model?.identity.key ?? ""
    let jobs: [Job]
    switch which {
    case .jobs(let ids):
      var found: [Job] = []
      var missing: [ControlReply.Refusal] = []
      for id in ids {
        if let job = try ledger.job(id) {
          found.append(job)
        } else {
          missing.append(.init(job: id, reason: "there is no such job"))
        }
      }
      return try retry(found, refused: missing)
    case .allFailed: jobs = try ledger.ended([.failed])
    case .all: jobs = try ledger.ended([.done, .failed])
    case .olderModel: jobs = try ledger.ended([.done]).filter { $0.model != model }
    }
    return try retry(jobs, refused: [])
  }

  private func retry(
    _ jobs: [Job], refused: [ControlReply.Refusal]
  ) throws(DaemonError) -> ControlReply {
    var refused = refused
    var changed = 0
    for job in jobs {
      guard job.state == .failed || job.state == .done else {
        refused.append(.init(job: job.id, reason: "it is \(job.state.rawValue)"))
        continue
      }
      guard let facts = try Files.facts(job.location), facts.kind == .file else {
        refused.append(.init(job: job.id, reason: "\(job.location) is gone"))
        continue
      }
      if try ledger.retry(job.id, stamp: facts.stamp) { changed += 1 }
    }
    wake()
    return .changed(changed, refused: refused)
  }

  private func cancel(_ ids: [Int64]) throws(DaemonError) -> ControlReply {
    var refused: [ControlReply.Refusal] = []
    var changed = 0
    let running = board.current.running
    for id in ids {
      if let (_, control) = running.first(where: { $0.job.id == id }) {
        control.cancel()
        changed += 1
      } else if try ledger.cancel(id, reason: JobControl.cancelled, at: WallClock.now) {
        changed += 1
      } else {
        let state = try ledger.job(id)?.state.rawValue
        refused.append(
          .init(job: id, reason: state.map { "it is \($0)" } ?? "there is no such job"))
      }
    }
    wake()
    return .changed(changed, refused: refused)
  }
}
