internal import Foundation
internal import Glibc
internal import Logging

/// The daemon's one loop. It alone decides: what is looked at, what is started, when to wait. Events,
/// ended jobs, signals and timers only post letters; each turn of the loop takes them, then does
/// whatever is due.
package actor Supervisor {
  let file: String
  var settings: Settings
  var model: ModelProbe
  let ledger: JobLedger
  let log: SongLog
  let manager: ServiceManager
  let board: StatusBoard
  nonisolated let mailbox = Mailbox<Letter>()

  var inboxes: [InboxWatch]
  var watcher: FolderWatcher?
  /// Whether nothing at all can be watched.
  var isBlind = false
  var running: [Int64: (job: Job, control: JobControl)] = [:]
  /// Jobs that are not started before a monotonic time, s.
  var postponed: [Int64: Double] = [:]
  /// How often a job met a hindrance while others did not.
  var hindrances: [Int64: Int] = [:]
  var pause: Pause?
  var isStopping = false
  var metrics = Metrics()
  /// Monotonic time at which forgotten workshops are looked for, s; set when a job has ended.
  var nextSweep: Double?
  private var lastMetrics = ""
  private var lastMetricsTime = -Double.infinity
  private var timer: Task<Void, Never>?
  private var lastStatus = ""
  private var lastSignOfLife = 0.0

  /// - Parameters:
  ///   - file: the configuration that `settings` came from, read again on reload.
  init(
    file: String, settings: Settings, inboxes: [InboxWatch], model: ModelProbe, ledger: JobLedger,
    log: SongLog,
    manager: ServiceManager, board: StatusBoard
  ) {
    self.file = file
    self.settings = settings
    self.model = model
    self.ledger = ledger
    self.log = log
    self.manager = manager
    self.board = board
    self.inboxes = inboxes
  }

  /// Ends the loop: running conversions are stopped and queued again.
  package nonisolated func stop() { mailbox.post(.stop) }

  /// Reads the configuration again.
  package nonisolated func reload() { mailbox.post(.reload) }

  /// Runs until `stop`.
  package func run() async throws(DaemonError) {
    try recover()
    let mailbox = mailbox
    watcher = FolderWatcher { mailbox.post(.watcher($0)) }
    let control = listen()
    defer { control?.stop() }
    log.daemon(.notice, .started, startLine)
    turn()
    manager.ready(statusLine)
    for await _ in mailbox.rings {
      for letter in mailbox.take() { receive(letter) }
      if isStopping && running.isEmpty { break }
      turn()
    }
    timer?.cancel()
    watcher?.stop()
    log.daemon(.notice, .stopped, "stopped; \(queueLength) songs are waiting")
  }

  /// Opens the control socket; without it everything else works all the same.
  private func listen() -> ControlServer? {
    let mailbox = mailbox
    let answers = ControlAnswers(board: board, ledger: ledger) { mailbox.post(.wake) }
    do {
      return try ControlServer(at: ControlSocket.path(settings)) { answers.answer($0) }
    } catch {
      log.daemon(.warning, .noControl, "no control socket: \(error)")
      return nil
    }
  }

  /// Makes up for a daemon that died.
  private func recover() throws(DaemonError) {
    let interrupted = try ledger.recover()
    do {
      for job in try Publisher(settings).recover(interrupted) {
        try ledger.done(job.id, folder: job.folder ?? [], at: WallClock.now)
      }
      for folder in Set([settings.failed] + settings.inboxes.map(\.done)) {
        try TemporaryName.sweep(folder)
      }
    } catch {
      // The outbox may be away for the moment: the songs will be converted again over it.
      log.daemon(.warning, .paused, "\(error)")
    }
    for job in interrupted where job.deaths >= JobConclusion.deaths {
      guard try ledger.job(job.id)?.state == .queued else { continue }
      let reason = "chartherod itself died while working on it (\(job.deaths) times)"
      try ledger.fail(job.id, stage: "convert", reason: reason, at: WallClock.now)
      log.song(.error, .failed, job, "not converted: \(reason)", stage: "failed")
    }
  }

  private func receive(_ letter: Letter) {
    switch letter {
    case .watcher(let report): receive(report)
    case .ended(let job, let outcome, let isPlaced): ended(job, outcome, isPlaced)
    case .wake: break
    case .reload: reloadSettings()
    case .stop:
      guard !isStopping else { return }
      isStopping = true
      manager.stopping()
      for (_, control) in running.values { control.stop() }
    }
  }

  /// Does what is due, and sets the clock for what will be.
  private func turn() {
    if !isStopping {
      lookIntoInboxes()
      startJobs()
      sweep()
    }
    publishStatus()
    signOfLife()
    timer?.cancel()
    let wait = max(nextDue - MonotonicClock.now, 0.01)
    let mailbox = mailbox
    timer = Task {
      do { try await Task.sleep(for: .seconds(wait)) } catch { return }
      mailbox.post(.wake)
    }
  }

  /// Monotonic time of the next thing to do by ourselves.
  private var nextDue: Double {
    let now = MonotonicClock.now
    var due = now + (manager.watchdog.map { $0 / 3 } ?? 60)
    if !running.isEmpty { due = min(due, now + 5) }
    if isStopping { return due }
    for inbox in inboxes { due = min(due, inbox.nextLook) }
    if let pause { due = min(due, pause.until) }
    if let nextSweep { due = min(due, nextSweep) }
    if running.count < settings.jobs, let first = postponed.values.min() { due = min(due, first) }
    return due
  }

  /// Tells systemd that the loop turns: only from here, and not while a job has outlived its
  /// deadline, for then something is stuck.
  private func signOfLife() {
    guard let watchdog = manager.watchdog else { return }
    let now = MonotonicClock.now
    let oldest = running.values.map(\.control.started).min() ?? now
    guard now - oldest < settings.limits.seconds + 60 else { return }
    guard now - lastSignOfLife >= watchdog / 4 else { return }
    lastSignOfLife = now
    manager.alive()
  }

  // MARK: - Status

  /// Songs that wait; a started one counts as running before its conversion begins.
  private var queueLength: Int {
    (try? ledger.queueLength(except: Set(running.keys))) ?? 0
  }

  private func publishStatus() {
    let line = statusLine
    let counts = metrics.text(
      waiting: queueLength, running: running.count, isPaused: pause != nil)
    board.update { status in
      status.summary = line
      status.paused = pause?.reason
      status.running = running.values.map { ($0.job, $0.control) }
        .sorted { $0.0.id < $1.0.id }
      status.inboxes = inboxes.map {
        StatusBoard.Inbox(
          path: $0.settings.path, trouble: $0.trouble.map { "\($0)" }, isPolled: $0.isPolled,
          settling: $0.tracker.count)
      }
      status.outbox = settings.outbox
      status.metrics = counts
      status.model = model
    }
    writeMetrics(counts)
    guard line != lastStatus else { return }
    lastStatus = line
    manager.status(line)
  }

  /// A metrics file is worth no complaint: it is written again at the next change.
  private func writeMetrics(_ text: String) {
    let now = MonotonicClock.now
    guard let path = settings.metrics, text != lastMetrics, now - lastMetricsTime >= 15 else {
      return
    }
    lastMetrics = text
    lastMetricsTime = now
    // Prometheus's node exporter reads it as a user of its own.
    try? Files.save(text.utf8, to: path, mode: 0o644)
  }

  var statusLine: String {
    let waiting = queueLength
    var parts: [String] = []
    if let pause { parts.append("paused: \(pause.reason)") }
    if let first = running.values.min(by: { $0.job.id < $1.job.id }) {
      let others = running.count > 1 ? " and \(running.count - 1) more" : ""
      parts.append("converting \(first.job.path)\(others)")
    }
    for inbox in inboxes { if let trouble = inbox.trouble { parts.append("\(trouble)") } }
    if parts.isEmpty && waiting == 0 { parts.append("idle") }
    if waiting > 0 { parts.append("\(waiting) waiting") }
    return parts.joined(separator: "; ")
  }

  private var startLine: String {
    let paths = inboxes.map { "\($0.settings.path)" }.joined(separator: ", ")
    return "watching \(paths); charts go to \(settings.outbox); model \(model.identity.key); "
      + "\(settings.jobs) at a time on \(model.kernels)"
  }
}
