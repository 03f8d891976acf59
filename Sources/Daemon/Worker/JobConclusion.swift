internal import Glibc
internal import Logging

/// What follows from an outcome for the ledger and for the song file.
struct JobConclusion: Sendable {
  var settings: Settings
  var inbox: InboxSettings
  var ledger: JobLedger
  var log: SongLog

  /// A worker that died over a song gets this many tries in all.
  static let attempts = 3
  /// One over which the daemon itself died, so many. More than power cuts are likely to hit the same
  /// song, fewer than a person's patience with a service that systemd restarts.
  static let deaths = 5

  /// Writes down how the attempt ended and moves the song where it belongs.
  ///
  /// - Returns: the outcome as it finally counts, and whether the song file is where it belongs.
  func conclude(
    _ job: Job, _ outcome: Outcome, seconds: Double
  ) throws(DaemonError) -> (outcome: Outcome, isPlaced: Bool) {
    var isPlaced = true
    switch outcome {
    case .published(let folder, let report):
      log.published(job, folder: folder, in: settings.outbox, report, seconds: seconds)
      isPlaced = finish(job)
    case .duplicate(let other, let folder):
      try ledger.done(
        job.id, folder: folder, note: "the same song as job \(other)", at: WallClock.now)
      let name = BytePath.printable(folder)
      log.song(
        .notice, .duplicate, job, "is the same song as job \(other), already published as \(name)",
        stage: "published")
      isPlaced = finish(job)
    case .refused(let stage, let reason): isPlaced = try fail(job, stage, reason)
    case .crashed(let reason):
      let attempts = try ledger.job(job.id)?.attempts ?? Self.attempts
      if attempts >= Self.attempts {
        let reason = reason + " (\(attempts) times)"
        isPlaced = try fail(job, "convert", reason)
        return (.refused(stage: "convert", reason: reason), isPlaced)
      }
      try ledger.requeue(job.id, countingAttempt: true)
      log.song(
        .warning, .crashed, job, "attempt \(attempts) of \(Self.attempts): \(reason)",
        stage: "convert")
    case .hindered, .unfinished, .stopped:
      try ledger.requeue(job.id, countingAttempt: false)
      if case .stopped = outcome, job.state == .running {
        log.song(.info, .requeued, job, "stopped, and queued again", stage: "queued")
      }
    case .vanished:
      try ledger.requeue(job.id, countingAttempt: false)
      try ledger.withdraw(job.id)
    }
    return (outcome, isPlaced)
  }

  private func fail(_ job: Job, _ stage: String, _ reason: String) throws(DaemonError) -> Bool {
    try ledger.fail(job.id, stage: stage, reason: reason, at: WallClock.now)
    log.song(
      .error, .failed, job, "not converted (\(stage)): \(reason)", stage: "failed",
      more: ["reason": "\(reason)", "failed_stage": "\(stage)"])
    return quarantine(job.id)
  }

  /// Moves a converted song to the done folder where its inbox wants that.
  ///
  /// - Parameter complains: whether a failure is logged.
  /// - Returns: whether the song is where it belongs.
  func finish(_ job: Job, complains: Bool = true) -> Bool {
    do {
      if !job.isPresent { try Files.remove(FailureNote.path(of: job.location)) }
      let folder: BytePath
      if job.isPresent || inbox.finished == .move {
        guard inbox.finished == .move, !job.location.isWithin(inbox.done) else { return true }
        folder = inbox.done
      } else {
        // A song that was refused before goes back to where it came from.
        folder = job.inbox
      }
      guard let move = try SourceMover.move(job, into: folder) else { return true }
      try ledger.moved(job.id, to: move.location, stamp: move.stamp)
      return true
    } catch {
      guard complains else { return false }
      log.song(
        .warning, .cannotMove, job, "converted, but stays where it is: \(error)", stage: "published"
      )
      return false
    }
  }

  /// Moves a refused song to the failed folder, its reason going first, so that it never lies there
  /// without. Where it cannot be moved (a read-only inbox) the ledger remembers it.
  ///
  /// - Parameter complains: whether a failure is logged.
  /// - Returns: whether the song is where it belongs.
  func quarantine(_ id: Int64, complains: Bool = true) -> Bool {
    guard let job = try? ledger.job(id), job.state == .failed else { return true }
    do {
      func note(for location: BytePath) throws(DaemonError) {
        try FailureNote.write(
          for: location, job: job, stage: job.stage ?? "?", reason: job.reason ?? "?")
      }
      if job.location.isWithin(settings.failed) {
        try note(for: job.location)
      } else if let move = try SourceMover.move(job, into: settings.failed, announcing: note) {
        try ledger.moved(id, to: move.location, stamp: move.stamp)
      }
      return true
    } catch {
      guard complains else { return false }
      log.song(
        .warning, .cannotMove, job, "cannot be moved to the failed folder: \(error)",
        stage: "failed")
      return false
    }
  }
}
