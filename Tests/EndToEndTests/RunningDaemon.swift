import Foundation
import TestSupport
import Testing

/// A daemon's configuration whose folders lie in a temporary folder.
struct Configuration {
  var folder: TemporaryFolder
  var model: String
  /// Settings beside those of the folders.
  var more = ""

  init(in folder: TemporaryFolder, model: String) {
    self.folder = folder
    self.model = model
  }

  /// Writes the file and returns its path.
  func write() throws -> String {
    let text = """
      outbox = "\(folder("outbox").path)"
      failed = "\(folder("failed").path)"
      state = "\(folder("state").path)"
      model = "\(model)"
      \(more)
      [[inbox]]
      path = "\(folder("inbox").path)"
      settle_seconds = 0.5
      """
    try Data(text.utf8).write(to: folder("config.toml"))
    return folder("config.toml").path
  }
}

/// A `chartherod` as it was built, on folders of its own; stopped with the value.
final class RunningDaemon {
  private let home: TemporaryFolder
  private let program: RunningProgram
  private var isStopped = false
  let config: String
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
    let models = Repository.file("models")
    let model = try #require(
      TemporaryFolder.names(in: models).first { $0.hasSuffix(".safetensors") })
    config = try Configuration(in: home, model: models.appending(path: model).path).write()
    program = try BuiltProgram("chartherod").start(
      ["--config", config], output: home("output"), errors: home("log"))
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
