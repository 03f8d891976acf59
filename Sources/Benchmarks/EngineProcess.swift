internal import Foundation

/// A program of another language that does the same work as ours when it is told to: it reads one
/// line of JSON from its standard input per order, and answers with one on its standard output.
///
/// Its threads sleep while ours work, and the other way round: each side is given a moment to come
/// to rest.
package final class EngineProcess {
  /// What it calls itself, such as `PyTorch 2.11.0`; the answer to its start.
  package private(set) var name = ""
  private let process = Process()
  private let orders = Pipe()
  private let answers = Pipe()
  private var unread = Data()

  /// Threads of other libraries look around for work for a while before they sleep.
  private static let rest: TimeInterval = 0.03

  /// Starts `python script`, which first answers `{"name": ...}`, or `{"error": ...}` where what it
  /// needs is not installed.
  package init(python: String, script: String, threads: Int) throws {
    guard FileManager.default.fileExists(atPath: script) else {
      throw BenchmarkError(script, "is not there; --engines names the folder of the scripts")
    }
    process.executableURL = URL(filePath: "/usr/bin/env")
    // Without the caches that Python leaves beside its modules.
    process.arguments = [python, "-B", script, String(threads)]
    process.standardInput = orders
    process.standardOutput = answers
    // A child that is gone is noticed by its silence and need not end us.
    signal(SIGPIPE, SIG_IGN)
    try process.run()
    name = try answer()["name"] as? String ?? script
  }

  deinit {
    try? orders.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Gives an order and waits for the answer.
  package func order(_ order: [String: Any]) throws -> [String: Any] {
    Thread.sleep(forTimeInterval: Self.rest)
    let line = try JSONSerialization.data(withJSONObject: order) + Data("\n".utf8)
    try orders.fileHandleForWriting.write(contentsOf: line)
    let answer = try answer()
    Thread.sleep(forTimeInterval: Self.rest)
    return answer
  }

  /// Has it do once what it loaded under a name; the cost that it measured, and what else it said.
  package func run(_ what: String) throws -> (cost: Cost, answer: [String: Any]) {
    let answer = try order(["order": "run", "what": what])
    guard let wall = answer["wall"] as? Double, let cpu = answer["cpu"] as? Double else {
      throw BenchmarkError(name, "did not say how long it took")
    }
    return (Cost(wall: wall, cpu: cpu), answer)
  }

  private func answer() throws -> [String: Any] {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = unread[unread.startIndex..<end]
        unread = Data(unread[(end + 1)...])
        guard let answer = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else {
          throw BenchmarkError(
            name, "answered what is not understood: \(String(decoding: line, as: UTF8.self))")
        }
        if let error = answer["error"] as? String {
          throw BenchmarkError("the other engine", error)
        }
        return answer
      }
      let more = answers.fileHandleForReading.availableData
      guard !more.isEmpty else {
        throw BenchmarkError(
          name.isEmpty ? process.arguments?.first ?? "python" : name,
          "ended without an answer; what it said stands above")
      }
      unread += more
    }
  }
}
