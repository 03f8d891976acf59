import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

/// A real `chartherod` on folders of its own, killed with the value.
final class DaemonUnderTest {
  let home: TemporaryFolder
  private(set) var program: RunningProgram?
  private var starts = 0

  /// Something that should have come about and did not.
  struct Late: Error, CustomStringConvertible {
    var description: String
  }

  /// Makes the folders and the configuration, and starts the daemon.
  ///
  /// - Parameters:
  ///   - common: more lines of the configuration.
  ///   - inbox: more lines about its inbox.
  init(common: String = "", inbox: String = "", starts: Bool = true) throws {
    home = try TemporaryFolder()
    for folder in ["in", "out"] { _ = try home.folder(folder) }
    try TestModel.write(to: model.path)
    try configure(common: common, inbox: inbox)
    if starts { try start() }
  }

  deinit { if let program, program.isRunning { kill() } }

  var model: URL { home("model.safetensors") }
  var log: String {
    (try? String(contentsOf: home("log"), encoding: .utf8)) ?? ""
  }

  func configure(common: String = "", inbox: String = "", more: String = "") throws {
    let text = """
      outbox = "\(home("out").path)"
      failed = "\(home("failed").path)"
      state = "\(home("state").path)"
      model = "\(model.path)"
      backoff_seconds = 0.3
      poll_seconds = 0.5
      \(common)
      [[inbox]]
      path = "\(home("in").path)"
      settle_seconds = 0.4
      \(inbox)
      \(more)
      """
    try Data(text.utf8).write(to: home("config.toml"))
  }

  /// Starts the daemon and waits until it is ready.
  func start(_ environment: [String: String] = [:]) throws {
    starts += 1
    program = try BuiltProgram("chartherod").start(
      ["--config", home("config.toml").path], environment: environment, output: home("output"),
      errors: home("log"))
    let starts = starts
    try wait("the daemon starts") {
      self.log.components(separatedBy: "; charts go to ").count > starts || !self.isRunning
    }
  }

  /// Whether it runs; also takes note of its end.
  var isRunning: Bool {
    guard let program else { return false }
    var facts = unsafe siginfo_t()
    let code = unsafe waitid(P_PID, id_t(program.id), &facts, WEXITED | WNOHANG | WNOWAIT)
    let ended = unsafe facts._sifields._sigchld.si_pid
    return code == 0 && ended == 0
  }

  /// Sends SIGTERM; the exit status and the seconds that it took.
  @discardableResult
  func stop() -> (status: Int32, seconds: Double) {
    guard let program else { return (0, 0) }
    let begin = ContinuousClock.now
    program.signal(SIGTERM)
    let status = program.wait(limit: 30)
    self.program = nil
    return (status, (ContinuousClock.now - begin) / .seconds(1))
  }

  func kill() {
    program?.signal(SIGKILL)
    program?.wait(limit: 10)
    program = nil
  }

  /// Waits for an end that it brings about itself.
  func end(limit: Double = 60) -> Int32 {
    defer { program = nil }
    return program?.wait(limit: limit) ?? -1
  }

  // MARK: - What people see

  func inbox(_ name: String) -> URL { home("in/" + name) }

  /// Drops a song of its own sound, ready at once.
  func drop(_ name: String, seed: Int = 1, seconds: Double = 3.2) throws {
    let hidden = inbox(".part-\(seed)")
    try Song.bytes(seed: seed, seconds: seconds).write(to: hidden)
    try #require(unsafe rename(hidden.path, inbox(name).path) == 0)
  }

  /// Names of the published charts.
  var charts: [String] { TemporaryFolder.names(in: home("out")).filter { !$0.hasPrefix(".") } }
  var leftovers: [String] { TemporaryFolder.names(in: home("out")).filter { $0.hasPrefix(".") } }
  var refused: [String] {
    TemporaryFolder.names(in: home("failed")).filter { !$0.hasPrefix(".") }
  }
  var done: [String] { TemporaryFolder.names(in: home("in/done")) }

  func ledger() throws -> JobLedger {
    try JobLedger.open(at: BytePath(home("state/jobs.sqlite").path)).ledger
  }

  func lines(_ text: String) -> Int { log.components(separatedBy: text).count - 1 }

  func wait(
    _ what: String, limit: Double = 150, until condition: () throws -> Bool
  ) throws {
    let end = ContinuousClock.now + .seconds(limit)
    while try !condition() {
      guard ContinuousClock.now < end else {
        throw Late(description: "not within \(limit) s: \(what); log:\n\(log)")
      }
      usleep(20_000)
    }
  }

  func waitForCharts(_ count: Int, limit: Double = 150) throws {
    try wait("\(count) charts", limit: limit) {
      charts.count >= count && lines("published as") >= count
    }
  }

  /// The worker's process id, once it runs: before that it is a copy of the daemon, which waits for
  /// it, and nobody may halt it.
  func worker() throws -> pid_t {
    let id = try #require(program?.id)
    var worker: pid_t?
    try wait("a worker") {
      let children = TemporaryFolder.names(in: URL(filePath: "/proc/\(id)/task"))
        .compactMap {
          try? String(contentsOfFile: "/proc/\(id)/task/\($0)/children", encoding: .utf8)
        }
        .flatMap { $0.split(separator: " ") }
      worker = children.compactMap { pid_t($0) }.first { child in
        let arguments = try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)
        return arguments?.split(separator: "\0").dropFirst().first == "worker"
      }
      return worker != nil
    }
    return try #require(worker)
  }

  /// The worker, halted where it is, so that its song is not finished before the test has looked.
  @discardableResult
  func haltedWorker() throws -> pid_t {
    let worker = try worker()
    try #require(Glibc.kill(worker, SIGSTOP) == 0)
    return worker
  }
}

/// Short songs: clicks in noise, another for each seed. Long ones repeat their first seconds.
enum Song {
  static func bytes(seed: Int, seconds: Double) -> Data {
    let rate = 8000
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1
    let phrase = min(seconds, 3.2)
    let samples = (0..<Int(phrase * Double(rate))).map { index -> Double in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      let noise = Double(state >> 40) / Double(1 << 24) - 0.5
      let since = Double(index % (rate / 4)) / Double(rate)
      return noise * (0.02 + exp(-since * 30))
    }
    var bytes = WaveFile.bytes(samples, rate: rate)
    let sound = bytes.dropFirst(44)
    for _ in 1..<max(1, Int(seconds / phrase)) { bytes += sound }
    for (place, size) in [(4, bytes.count - 8), (40, bytes.count - 44)] {
      for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: size >> (8 * index)) }
    }
    return bytes
  }
}
