internal import Glibc

/// Starts workers and hears them out.
struct WorkerLauncher: Sendable {
  /// The program that workers are made of, and its environment.
  var program: BytePath
  var environment: [String: String]

  init(_ settings: Settings) {
    program = WorkerEnvironment.program
    environment = WorkerEnvironment.variables
  }

  /// A worker's last word.
  enum Answer: Hashable {
    case finished(WorkerReport)
    case ready(kernels: String)
    case refused(stage: String, reason: String)
    case hindered(stage: String, reason: String)
    /// It ended without one.
    case died(String)
  }

  /// Runs one worker to its end. To be called on a thread that lives until then.
  ///
  /// - Parameters:
  ///   - deadline: monotonic time, s; the worker is killed then.
  ///   - handle: called for each message.
  func run(
    _ request: WorkerRequest, song: borrowing Descriptor, until deadline: Double,
    _ control: JobControl, handle: (WorkerMessage) -> Void = { _ in }
  ) throws(DaemonError) -> Answer {
    let process = try WorkerProcess(
      program: program, arguments: ["chartherod", "worker"], environment: environment,
      input: JSONLines.line(request), song: song)
    if !control.attach(process.identifier) { process.kill() }
    var lines = WorkerLines()
    var last: Answer?
    lines.read(from: process, until: deadline) { line in
      guard let message = JSONLines.value(WorkerMessage.self, line) else { return }
      handle(message)
      switch message {
      case .progress, .decoded, .report: break
      case .finished(let report): last = .finished(report)
      case .ready(let kernels): last = .ready(kernels: kernels)
      case .refused(let stage, let reason): last = .refused(stage: stage, reason: reason)
      case .hindered(let stage, let reason): last = .hindered(stage: stage, reason: reason)
      }
    }
    if lines.isLate { process.kill() }
    control.detach()
    let end = process.wait()
    guard let last, end == .exited(0) else { return .died(Self.reason(end, lines)) }
    return last
  }

  /// How a worker died, for people.
  private static func reason(_ end: WorkerProcess.End, _ lines: WorkerLines) -> String {
    let words = BytePath.printable(lines.complaints.split(separator: 10).last ?? [])
    let tail = words.isEmpty ? "" : " (\(words))"
    if lines.isLate { return "it took too long" }
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
