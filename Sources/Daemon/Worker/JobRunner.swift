internal import Glibc

/// Takes one job from the queue to its outcome. Plain synchronous code, run on a thread of its own
/// for each job; it changes the ledger up to `running` and `done`, the supervisor does the rest.
struct JobRunner: Sendable {
  var settings: Settings
  var inbox: InboxSettings
  var model: ModelIdentity
  var ledger: JobLedger
  var log: SongLog
  /// The program that workers are made of, and what to tell its maths library.
  var program: BytePath
  var environment: [String: String]

  /// Never throws: whatever happens is an outcome.
  func run(_ job: Job, _ control: JobControl) -> Outcome {
    do {
      return try attempt(job, control)
    } catch {
      if control.isStopped { return .stopped }
      return .hindered(stage: "prepare", reason: "\(error)")
    }
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

    let key = JobKey(content: content, model: model.key, options: Self.options(inbox))
    if let outcome = try knownOutcome(key, job) { return outcome }
    if let free = Files.freeBytes(settings.outbox), free < settings.limits.freeSpace {
      throw .system("write to the outbox", settings.outbox, code: ENOSPC)
    }
    guard try ledger.begin(job.id, key: key) else { return .unfinished(wait: 1) }
    FaultPoint.reach("begun")
    return try convert(job, song, key, control)
  }

  /// What changes the chart besides song and model.
  static func options(_ inbox: InboxSettings) -> String {
    "min_confidence=\(inbox.minimumConfidence)"
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
    let outcome = try work(job, song, workshop, control)
    guard case .finished(let report) = outcome.message else { return outcome.outcome }
    // The chart is of what was opened; if that is not what lies there now, it is of no use.
    guard try song.isUnchanged() else { return .unfinished(wait: inbox.settle) }
    if control.isStopped { return .stopped }
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
    return .published(folder: folder, report)
  }

  /// Runs the worker.
  ///
  /// - Returns: its last message, and the outcome where that is none of success.
  private func work(
    _ job: Job, _ song: borrowing SongFile, _ workshop: BytePath, _ control: JobControl
  ) throws(DaemonError) -> (message: WorkerMessage?, outcome: Outcome) {
    let limits = settings.limits
    let request = WorkerRequest(
      name: BytePath.printable(job.path.lastComponent), workshop: workshop.description,
      model: settings.model.description, minimumConfidence: inbox.minimumConfidence,
      songLength: limits.songLength, fileSize: limits.fileSize, memory: limits.memory,
      processorTime: Int(limits.seconds) * 2 + 1, daemon: getpid())
    let process = try WorkerProcess(
      program: program, arguments: ["chartherod", "worker"], environment: environment,
      input: JSONLines.line(request), song: song.descriptor)
    if !control.attach(process.identifier) { process.kill() }
    var lines = WorkerLines()
    var last: WorkerMessage?
    lines.read(from: process, until: control.started + limits.seconds) { line in
      guard let message = JSONLines.value(WorkerMessage.self, line) else { return }
      switch message {
      case .progress(let stage, let fraction): control.note(stage, fraction)
      case .decoded(let format, let seconds): log.decoded(job, format: format, seconds: seconds)
      case .finished, .refused, .hindered: last = message
      }
    }
    if lines.isLate { process.kill() }
    control.detach()
    let end = process.wait()
    if control.isStopped { return (nil, .stopped) }
    switch last {
    case .refused(let stage, let reason): return (nil, .refused(stage: stage, reason: reason))
    case .hindered(let stage, let reason): return (nil, .hindered(stage: stage, reason: reason))
    case .finished where end == .exited(0): return (last, .stopped)
    default: return (nil, .crashed(reason: Self.reason(end, lines, limits)))
    }
  }

  /// How a worker died, for people.
  private static func reason(
    _ end: WorkerProcess.End, _ lines: WorkerLines, _ limits: JobLimits
  ) -> String {
    let words = BytePath.printable(lines.complaints.split(separator: 10).last ?? [])
    let tail = words.isEmpty ? "" : " (\(words))"
    if lines.isLate { return "it took longer than \(Int(limits.seconds)) s" }
    switch end {
    case .killed(SIGXCPU): return "it used up its processor time"
    case .killed(SIGKILL): return "the converter was killed, perhaps for want of memory" + tail
    case .killed(SIGSEGV), .killed(SIGBUS), .killed(SIGILL), .killed(SIGABRT), .killed(SIGFPE),
      .killed(SIGTRAP):
      return "the converter crashed on it" + tail
    case .killed(let signal): return "the converter ended by signal \(signal)" + tail
    case .exited(let code): return "the converter ended with code \(code)" + tail
    }
  }
}
