package import Foundation

/// A program that is run to its end and measured from outside.
package final class MeasuredProgram {
  /// What a finished run cost and said.
  package struct Outcome {
    package let cost: Cost
    /// The most bytes it held at once (peak resident set). Linux counts what this program held when
    /// it started the other one as if it were the other's: to be run while this program is small.
    package let peakMemory: Int
    package let output: Data
  }

  private let name: String
  private let process: pid_t
  private let start: ContinuousClock.Instant
  private let output: FileHandle

  /// Starts the program at `path`. Its standard output is kept, its standard error is ours.
  package init(path: String, arguments: [String]) throws {
    name = path
    guard let file = unsafe tmpfile() else { throw BenchmarkError(path, "got no file to write to") }
    // The stream is closed with the descriptor's copy left to us.
    let descriptor = unsafe dup(fileno(file))
    _ = unsafe fclose(file)
    output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, STDOUT_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map {
      unsafe strdup($0)
    }
    unsafe words.append(nil)
    defer { while let word = unsafe words.popLast() { unsafe free(word) } }
    start = .now
    var id = pid_t()
    let code = unsafe posix_spawn(&id, path, &actions, nil, words, environ)
    guard code == 0 else {
      throw BenchmarkError(path, "does not start: \(unsafe String(cString: strerror(code)))")
    }
    process = id
  }

  /// Waits for the end. Throws where the program failed.
  package func wait() throws -> Outcome {
    var (status, usage) = (Int32(0), rusage())
    while unsafe wait4(process, &status, 0, &usage) < 0 {
      guard errno == EINTR else { throw BenchmarkError(name, "was lost") }
    }
    let wall = (ContinuousClock.now - start) / .seconds(1)
    guard status == 0 else { throw BenchmarkError(name, "failed; what it said stands above") }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    try output.seek(toOffset: 0)
    return Outcome(
      cost: Cost(wall: wall, cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime)),
      peakMemory: usage.ru_maxrss * 1_024, output: try output.readToEnd() ?? Data())
  }

  /// Runs a program to its end.
  package static func run(_ path: String, _ arguments: [String]) throws -> Outcome {
    try MeasuredProgram(path: path, arguments: arguments).wait()
  }
}
