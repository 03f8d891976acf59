import Foundation
import TestSupport
import Testing

/// A `chartherod` as it was built, on folders of its own; stopped with the value.
final class RunningDaemon {
  private let home: TemporaryFolder
  private let program: RunningProgram
  private var isStopped = false
  let inboxFolder: URL
  let outbox: URL
  private let failed: URL

  /// How a daemon did not do what a test waits for.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  init() throws {
    home = try TemporaryFolder()
    inboxFolder = try home.folder("inbox")
    outbox = try home.folder("outbox")
    failed = try home.folder("failed")
    let state = try home.folder("state")
    let models = Repository.file("models")
    let model = try #require(
      TemporaryFolder.names(in: models).first { $0.hasSuffix(".safetensors") })
    let config = """
      outbox = "\(outbox.path)"
      failed = "\(failed.path)"
      state = "\(state.path)"
      model = "\(models.appending(path: model).path)"

      [[inbox]]
      path = "\(inboxFolder.path)"
      settle_seconds = 0.5
      """
    try Data(config.utf8).write(to: home("config.toml"))
    program = try BuiltProgram("chartherod").start(
      ["--config", home("config.toml").path], output: home("output"), errors: home("log"))
  }

  deinit {
    if !isStopped { stop() }
  }

  func inbox(_ file: String) -> URL { inboxFolder.appending(path: file) }

  /// Names of the published folders.
  var charts: [String] { TemporaryFolder.names(in: outbox).filter { !$0.hasPrefix(".") } }

  /// Names of the files in failed/ that are songs, not reasons.
  var refused: [String] {
    TemporaryFolder.names(in: failed).filter { !$0.hasSuffix(".error.txt") }
  }

  private var reasons: [String] {
    TemporaryFolder.names(in: failed).filter { $0.hasSuffix(".error.txt") }
  }

  /// What stands beside a refused file.
  func reason(_ file: String) -> String {
    let url = failed.appending(path: file + ".error.txt")
    return (try? String(contentsOf: url, encoding: .utf8)) ?? ""
  }

  /// Waits until so many songs have become charts or reasons.
  func waitForResults(_ count: Int, limit: Double) throws {
    try wait("\(count) charts and reasons", limit: limit) { charts.count + reasons.count >= count }
  }

  /// Waits until something is so; fails with the daemon's log after `limit` seconds.
  func wait(_ what: String, limit: Double, until isSo: () -> Bool) throws {
    let end = ContinuousClock.now + .seconds(limit)
    while !isSo() {
      guard ContinuousClock.now < end else {
        let log = (try? String(contentsOf: home("log"), encoding: .utf8)) ?? ""
        throw Failure(
          description: "no \(what) after \(limit) s; charts \(charts), reasons \(reasons), "
            + "log:\n\(log)")
      }
      Thread.sleep(forTimeInterval: 0.1)
    }
  }

  /// Sends SIGTERM and gives the exit status.
  @discardableResult
  func stop() -> Int32 {
    isStopped = true
    program.signal(SIGTERM)
    return program.wait(limit: 30)
  }
}
