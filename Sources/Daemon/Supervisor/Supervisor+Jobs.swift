internal import Foundation
internal import Glibc
internal import Logging

/// Starting and ending conversions.
extension Supervisor {
  func startJobs() {
    let now = MonotonicClock.now
    if let pause, pause.until > now { return }
    postponed = postponed.filter { $0.value > now }
    while running.count < settings.jobs {
      let busy = Set(running.keys).union(postponed.keys)
      do {
        if pause != nil { try ledger.requeueOrphans(except: Set(running.keys)) }
        let paths = inboxes.map(\.settings.path)
        guard let job = try ledger.queued(limit: 1, except: busy, inboxes: paths).first
        else { return }
        start(job)
        // After a pause one song shows whether the hindrance is gone.
        if pause != nil { return }
      } catch {
        hindered(by: "\(error)")
        return
      }
    }
  }

  private func start(_ job: Job) {
    let control = JobControl()
    running[job.id] = (job, control)
    let inbox =
      inboxes.first { $0.settings.path == job.inbox }?.settings ?? settings.inboxes[0]
    let runner = JobRunner(
      settings: settings, inbox: inbox, model: model.identity, ledger: ledger, log: log,
      launcher: WorkerLauncher(settings))
    let conclusion = JobConclusion(settings: settings, inbox: inbox, ledger: ledger, log: log)
    let mailbox = mailbox
    // A thread, not a task: it blocks, and the worker dies with the thread that made it.
    let thread = Thread {
      let outcome = runner.run(job, control)
      let seconds = MonotonicClock.now - control.started
      var end = (outcome: outcome, isPlaced: true)
      do {
        end = try conclusion.conclude(job, outcome, seconds: seconds)
      } catch {
        end.outcome = .hindered(stage: "ledger", reason: "\(error)")
      }
      mailbox.post(.ended(job: job.id, end.outcome, isPlaced: end.isPlaced))
    }
    thread.name = "job \(job.id)"
    thread.start()
  }

  func ended(_ id: Int64, _ outcome: Outcome, _ isPlaced: Bool) {
    guard let (job, _) = running.removeValue(forKey: id) else { return }
    let now = MonotonicClock.now
    metrics.count(outcome)
    if nextSweep == nil { nextSweep = now + 5 }
    if !isPlaced {
      for index in inboxes.indices where inboxes[index].settings.path == job.inbox {
        inboxes[index].immovable[id] = Pause(reason: "", first: settings.backoff, at: now)
      }
    }
    switch outcome {
    case .published, .duplicate, .refused:
      hindrances[id] = nil
      resume()
      lookSoon(job.inbox)
    case .unfinished(let wait):
      postponed[id] = now + wait
      lookSoon(job.inbox)
    case .vanished: lookSoon(job.inbox)
    case .crashed: postponed[id] = now + settings.backoff
    case .hindered(let stage, let reason):
      hindrances[id, default: 0] += 1
      hindered(by: reason)
      // Others go first next time: it may be this song's own trouble after all.
      postponed[id] = (pause?.until ?? now) + settings.backoff
      if hindrances[id, default: 0] >= Self.patience && othersSucceed { giveUp(job, stage, reason) }
    case .stopped: break
    }
  }

  /// Hindrances after which a song is given up, if others are converted between them.
  private static let patience = 5

  private var othersSucceed: Bool { hindrances.count == 1 }

  private func giveUp(_ job: Job, _ stage: String, _ reason: String) {
    let inbox =
      inboxes.first { $0.settings.path == job.inbox }?.settings ?? settings.inboxes[0]
    let conclusion = JobConclusion(settings: settings, inbox: inbox, ledger: ledger, log: log)
    _ = try? conclusion.conclude(job, .refused(stage: stage, reason: reason), seconds: 0)
    hindrances[job.id] = nil
  }

  /// Something around the songs is wrong: nothing is started for a while.
  func hindered(by reason: String) {
    let now = MonotonicClock.now
    if pause == nil {
      pause = Pause(reason: reason, first: settings.backoff, at: now)
      log.daemon(.warning, .paused, "\(reason); trying again every now and then")
    } else {
      if pause?.isNew(reason) == true { log.daemon(.warning, .paused, reason) }
      pause?.extend(reason: reason, at: now)
    }
  }

  private func resume() {
    guard pause != nil else { return }
    pause = nil
    log.daemon(.notice, .resumed, "going on")
  }

  /// Removes what a job could not remove itself.
  func sweep() {
    let now = MonotonicClock.now
    guard let due = nextSweep, due <= now else { return }
    do {
      try Publisher(settings).sweep(except: Set(running.keys))
      nextSweep = nil
    } catch {
      nextSweep = now + 30
    }
  }

  private func lookSoon(_ inbox: BytePath) {
    for index in inboxes.indices where inboxes[index].settings.path == inbox {
      inboxes[index].nextLook = min(inboxes[index].nextLook, inboxes[index].earliestLook)
    }
  }

  func reloadSettings() {
    manager.reloading()
    defer { manager.ready(statusLine) }
    do {
      let new = try SettingsFile.read(file)
      guard new.state == settings.state else {
        throw DaemonError.settings(
          file: file, line: nil, reason: "the state folder cannot change while chartherod runs")
      }
      let model = try ModelProbe(new, file: file)
      settings = new
      self.model = model
      let old = inboxes
      inboxes = new.inboxes.map { settings in
        old.first { $0.settings == settings } ?? InboxWatch(settings)
      }
      if isBlind { for index in inboxes.indices { inboxes[index].isPolled = true } }
      for index in inboxes.indices { inboxes[index].nextLook = 0 }
      pause = nil
      postponed = [:]
      log.daemon(.notice, .reloaded, "configuration read again: \(file)")
    } catch {
      log.daemon(.error, .reloadRefused, "\(error); going on with the old configuration")
    }
  }
}
