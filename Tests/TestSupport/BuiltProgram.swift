package import Foundation
internal import Glibc

/// A program of this package as it was built beside the running tests.
package struct BuiltProgram: Sendable {
  /// How a program ended and what it said.
  package struct Outcome: Sendable {
    /// The exit code, or 128 plus the signal that ended it.
    package var status: Int32
    package var output: String
    package var errors: String
  }

  /// Where the build put the programs: the folder of the test bundle.
  package static let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  package let path: String

  package init(_ name: String) { path = Self.folder.appending(path: name).path }

  /// Any other program.
  package init(path: String) { self.path = path }

  /// Runs the program to its end, its streams sent to files (so that neither is a terminal).
  ///
  /// - Parameter limit: Seconds until it is killed.
  package func run(_ arguments: [String], limit: Double = 300) throws -> Outcome {
    let folder = try TemporaryFolder()
    let process = try start(arguments, output: folder("output"), errors: folder("errors"))
    let status = process.wait(limit: limit)
    func text(_ name: String) -> String {
      String(
        decoding: FileManager.default.contents(atPath: folder(name).path) ?? Data(), as: UTF8.self)
    }
    return Outcome(status: status, output: text("output"), errors: text("errors"))
  }

  /// Starts the program with its streams sent to files.
  ///
  /// - Parameter environment: Variables besides those of the tests.
  package func start(
    _ arguments: [String], environment: [String: String] = [:], output: URL, errors: URL
  ) throws -> RunningProgram {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (stream, file) in [(Int32(1), output), (2, errors)] {
      unsafe posix_spawn_file_actions_addopen(
        &actions, stream, file.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }
    var words: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map {
      unsafe strdup($0)
    }
    unsafe words.append(nil)
    defer { while let word = unsafe words.popLast() { unsafe free(word) } }
    let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var variables: [UnsafeMutablePointer<CChar>?] = unsafe all.map { unsafe strdup("\($0)=\($1)") }
    unsafe variables.append(nil)
    defer { while let variable = unsafe variables.popLast() { unsafe free(variable) } }
    var id = pid_t()
    let code = unsafe posix_spawn(&id, path, &actions, nil, words, variables)
    guard code == 0 else {
      throw CocoaError(.executableNotLoadable, userInfo: [NSFilePathErrorKey: path])
    }
    return RunningProgram(id: id)
  }
}

/// A started program.
package struct RunningProgram: Sendable {
  package let id: Int32

  package func signal(_ number: Int32) { kill(id, number) }

  /// Waits for the end; past `limit` seconds the program is killed (the status is then 137).
  @discardableResult
  package func wait(limit: Double) -> Int32 {
    let end = ContinuousClock.now + .seconds(limit)
    var status: Int32 = 0
    while unsafe waitpid(id, &status, WNOHANG) == 0 {
      if ContinuousClock.now > end {
        kill(id, SIGKILL)
        unsafe waitpid(id, &status, 0)
        break
      }
      usleep(10_000)
    }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  /// Whether it still runs. Only for a program that nobody has waited for.
  package var isRunning: Bool { kill(id, 0) == 0 }
}
