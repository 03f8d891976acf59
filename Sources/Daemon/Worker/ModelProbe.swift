internal import Foundation

/// Tries the model before any song depends on it, in a worker as they will all be: that one can be
/// started, loads its libraries and the model, and which kernels it computes on.
struct ModelProbe: Hashable, Sendable {
  var identity: ModelIdentity
  /// What it computes on, for the log.
  var kernels: String

  /// Seconds; loading takes a fraction of one.
  private static let patience = 20.0

  /// - Throws: why no song could be converted.
  init(_ settings: Settings, file: String) throws(DaemonError) {
    do {
      identity = try ModelIdentity(of: settings.model)
    } catch {
      throw .settings(file: file, line: nil, reason: "the model: \(error)")
    }
    var request = WorkerRequest(settings)
    request.isProbe = true
    let nothing = try Descriptor.open(BytePath("/dev/null"))
    let answer = try WorkerLauncher(settings).run(
      request, song: nothing, until: MonotonicClock.now + Self.patience, JobControl())
    switch answer {
    case .ready(let kernels): self.kernels = kernels
    case .died(let reason): throw .worker("\(reason), trying the model \(settings.model)")
    case .hindered(_, let reason), .refused(_, let reason):
      throw .settings(file: file, line: nil, reason: "the model \(settings.model): \(reason)")
    case .finished: throw .settings(file: file, line: nil, reason: "the worker answers nonsense")
    }
  }
}
