internal import Foundation
internal import Glibc
package import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// The daemon from its configuration to its end.
package enum DaemonService {
  /// Runs until SIGTERM or SIGINT.
  ///
  /// - Parameter file: path of the configuration.
  /// - Throws: what prevented the start; see `DaemonError.exitCode`.
  package static func run(file: String, logger: Logger) async throws {
    // A lease that is broken, or a reader that left, must not end us.
    signal(SIGIO, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    let settings = try SettingsFile.read(file)
    try Files.makeFolders(settings.state, mode: 0o750)
    // Folders that are missing for another reason than a first start come back by themselves or are
    // reported later.
    for folder in settings.inboxes.map(\.path) + [settings.outbox, settings.failed] {
      Files.makeFolder(folder)
    }
    let lock = try FolderLock(settings.state)
    let watches = try settings.inboxes.map { inbox throws(DaemonError) in
      try InboxWatch(locking: inbox)
    }
    let log = SongLog(logger)
    let model = try ModelProbe(settings, file: file)
    let (ledger, damaged) = try JobLedger.open(at: settings.state.appending("jobs.sqlite"))
    if let damaged {
      log.daemon(.error, .ledgerDamaged, "the job ledger was damaged; it is kept as \(damaged)")
    }
    let supervisor = Supervisor(
      file: file, settings: settings, inboxes: watches, model: model, ledger: ledger, log: log,
      manager: ServiceManager(environment: ProcessInfo.processInfo.environment),
      board: StatusBoard())
    let reloads = await UnixSignalsSequence(trapping: .sighup)
    let group = ServiceGroup(
      configuration: .init(
        services: [
          .init(
            service: SupervisorService(supervisor: supervisor),
            successTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: ReloadService(signals: reloads, supervisor: supervisor)),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.silent))
    try await group.run()
    withExtendedLifetime(lock) {}
  }

  /// ServiceLifecycle tells each of its steps: ours are enough.
  private static var silent: Logger {
    Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
  }
}

private struct SupervisorService: Service {
  var supervisor: Supervisor

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await supervisor.run()
    } onGracefulShutdown: {
      supervisor.stop()
    }
  }
}

/// Turns SIGHUP into reloads.
private struct ReloadService: Service {
  var signals: UnixSignalsSequence
  var supervisor: Supervisor

  func run() async throws {
    for await _ in signals.cancelOnGracefulShutdown() { supervisor.reload() }
  }
}
