internal import ChartFormat
internal import Conversion
internal import Glibc

/// Takes one job from the queue to its outcome. Plain synchronous code, run on a thread of its own
/// for each job; it changes the ledger up to `running` and `done`, the supervisor does the rest.
struct JobRunner: Sendable {
  var settings: Settings
  var inbox: InboxSettings
  var model: ModelIdentity
  var ledger: JobLedger
  var log: SongLog
  var launcher: WorkerLauncher

  /// Never throws: whatever happens is an outcome.
  func run(_ job: Job, _ control: JobControl) -> Outcome {
    var outcome: Outcome
    do {
      outcome = try attempt(job, control)
    } catch {
      outcome = control.isStopped ? .stopped : .hindered(stage: "prepare", reason: "\(error)")
    }
    if outcome == .stopped && control.isCancelled {
      outcome = .refused(stage: "cancel", reason: JobControl.cancelled)
    }
    return outcome
  }

  private func attempt(_ job: Job, _ control: JobControl) throws(DaemonError) -> Outcome {
    control.note("reading", 0)
    let song: SongFile
    do {
      song = try SongFile(job, largest: settings.limits.fileSize)
    } catch {
      switch error {
      case .vanished: return .vanished
      case .changed: return .unfinished(wait: inbox.settle)
      case .refused(let reason): return .refused(stage: "open", reason: reason)
      case .system(let error): throw error
      }
    }
    if song.isBeingWritten { return .unfinished(wait: inbox.settle) }
    // A file with holes is either being filled or was stored by a sparing copy: the first is given
    // a dozen settle times.
    let patience = inbox.settle * 12 - (WallClock.now - job.queued)
    if song.hasHoles && (0...(inbox.settle * 12)).contains(patience) {
      return .unfinished(wait: min(patience, inbox.settle))
    }
    guard let content = try song.hash(unless: { control.isStopped }) else { return .stopped }
    guard try song.isUnchanged() else { return .unfinished(wait: inbox.settle) }

    let key = JobKey(content: content, model: model.key, options: Self.options(settings, inbox))
    if let outcome = try knownOutcome(key, job) { return outcome }
    if let free = Files.freeBytes(settings.outbox), free < settings.limits.freeSpace {
      throw .system("write to the outbox", settings.outbox, code: ENOSPC)
    }
    guard try ledger.begin(job.id, key: key) else { return .unfinished(wait: 1) }
    FaultPoint.reach("begun")
    // From here on no other job converts these bytes; one may just have ended.
    if let outcome = try knownOutcome(key, job) { return outcome }
    return try convert(job, song, key, control)
  }

  /// What changes the chart besides song and model.
  static func options(_ settings: Settings, _ inbox: InboxSettings) -> String {
    "min_confidence=\(inbox.minimumConfidence)"
      + (settings.format == .chart ? "" : " format=\(settings.format.rawValue)")
  }

  /// What is known about these bytes already.
  private func knownOutcome(_ key: JobKey, _ job: Job) throws(DaemonError) -> Outcome? {
    if let other = try ledger.converted(key), let folder = other.folder,
      Files.exists(settings.outbox.appending(folder))
    {
      return .duplicate(of: other.id, folder: folder)
    }
    // The same bytes failed before and nobody took the note away: no need to try.
    if let other = try ledger.refused(key), other.id != job.id,
      Files.exists(FailureNote.path(of: other.location))
    {
      return .refused(
        stage: other.stage ?? "convert",
        reason: (other.reason ?? "it failed before") + " (as before, job \(other.id))")
    }
    return nil
  }

  private func convert(
    _ job: Job, _ song: borrowing SongFile, _ key: JobKey, _ control: JobControl
  ) throws(DaemonError) -> Outcome {
    let publisher = Publisher(settings)
    let workshop = try publisher.makeWorkshop(for: job.id)
    defer { publisher.removeWorkshop(of: job.id) }
    let result = try work(job, song, workshop, control)
    if control.isStopped { return .stopped }
    // Chart or refusal are of what was opened; if that is not what lies there now, they are of no use.
    guard try song.isUnchanged() else { return .unfinished(wait: inbox.settle) }
    guard let report = result.report else { return result.outcome }
    control.note("publishing", 1)
    let folder: [UInt8]
    do {
      folder = try publisher.publish(
        job, key: key, replacing: inbox.finished == .keep, ledger: ledger)
    } catch {
      return .hindered(stage: "publish", reason: "\(error)")
    }
    try ledger.done(
      job.id, folder: folder, report: String(decoding: JSONLines.line(report), as: UTF8.self),
      at: WallClock.now)
    FaultPoint.reach("done")
    SongReports(settings).save(result.details, of: job.id, folder: folder)
    return .published(folder: folder, report)
  }

  /// Lets a worker build the chart folder.
  ///
  /// - Returns: its report, or the outcome where that is none of success.
  private func work(
    _ job: Job, _ song: borrowing SongFile, _ workshop: BytePath, _ control: JobControl
  ) throws(DaemonError) -> (
    report: WorkerReport?, outcome: Outcome, details: ConversionReport?
  ) {
    var request = WorkerRequest(settings)
    // A title of last resort; what is not UTF-8 in it becomes a replacement character.
    request.name = String(decoding: job.path.lastComponent, as: UTF8.self)
    request.workshop = workshop.description
    request.minimumConfidence = inbox.minimumConfidence
    var details: ConversionReport?
    let answer = try launcher.run(
      request, song: song.descriptor, until: control.started + settings.limits.seconds, control
    ) { message in
      switch message {
      case .progress(let stage, let fraction): control.note(stage, fraction)
      case .decoded(let format, let seconds): log.decoded(job, format: format, seconds: seconds)
      case .report(let report): details = report
      case .finished, .refused, .hindered, .ready: break
      }
    }
    switch answer {
    case .finished(let report): return (report, .stopped, details)
    case .refused(let stage, let reason): return (nil, .refused(stage: stage, reason: reason), nil)
    case .hindered(let stage, let reason):
      return (nil, .hindered(stage: stage, reason: reason), nil)
    case .died(let reason): return (nil, .crashed(reason: reason), nil)
    case .ready: return (nil, .crashed(reason: "the converter did not convert it"), nil)
    }
  }
}
