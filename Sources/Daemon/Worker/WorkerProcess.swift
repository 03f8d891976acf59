internal import CLinux
internal import Glibc

/// A child process with pipes to its standard input, output and error, in a process group of its
/// own. Foundation.Process is no choice: it wakes itself through a UDP socket and hangs at the second
/// child where the unit forbids the network.
struct WorkerProcess: ~Copyable {
  let identifier: pid_t
  /// Read ends of its standard output and error.
  let output: Descriptor
  let complaints: Descriptor

  /// How a process ended.
  enum End: Hashable, Sendable {
    case exited(Int32)
    case killed(signal: Int32)
  }

  /// The descriptor under which the child finds the song.
  static let songDescriptor: Int32 = 3

  /// Starts `program`. The thread that calls this must live until the child was waited for: the
  /// child asks to be killed when it ends.
  ///
  /// - Parameters:
  ///   - input: what it reads from its standard input, at most 64 kB (a pipe holds that much).
  ///   - song: an open file that the child gets as descriptor 3; it gets no other one.
  init(
    program: BytePath, arguments: [String], environment: [String: String], input: [UInt8],
    song: borrowing Descriptor
  ) throws(DaemonError) {
    let request = try Pipe()
    let answer = try Pipe()
    let error = try Pipe()

    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    // dup2 onto itself keeps close-on-exec, so the song first goes where no pipe end can be.
    let spare = fcntl(song.number, F_DUPFD_CLOEXEC, 10)
    guard spare >= 0 else { throw .last("hand over the song") }
    let songCopy = Descriptor(taking: spare)
    unsafe posix_spawn_file_actions_adddup2(&actions, request.end.number, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, answer.beginning.number, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, error.beginning.number, 2)
    unsafe posix_spawn_file_actions_adddup2(&actions, songCopy.number, Self.songDescriptor)
    unsafe linux_spawn_close_from(&actions, Self.songDescriptor + 1)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var child = pid_t(0)
    let lines = environment.sorted { $0.key < $1.key }.map { $0.key + "=" + $0.value }
    let code = unsafe program.withCString { path in
      unsafe CStrings.with(arguments) { argv in
        unsafe CStrings.with(lines) { envp in
          unsafe posix_spawn(&child, path, &actions, &attributes, argv, envp)
        }
      }
    }
    guard code == 0 else { throw .system("start the worker", program, code: code) }
    identifier = child
    // A child that died at once is found out when it is waited for.
    try? request.beginning.write(input, to: program)
    output = answer.end
    complaints = error.end
  }

  /// What is written at its beginning is read at its end.
  private struct Pipe: ~Copyable {
    let end: Descriptor
    let beginning: Descriptor

    init() throws(DaemonError) {
      var ends: [Int32] = [-1, -1]
      guard unsafe linux_pipe(&ends) == 0 else { throw .last("make a pipe") }
      end = Descriptor(taking: ends[0])
      beginning = Descriptor(taking: ends[1])
    }
  }

  /// Kills the child and all it started.
  func kill() { Glibc.kill(-identifier, SIGKILL) }

  /// Waits for the child's end.
  func wait() -> End {
    var status: Int32 = 0
    while unsafe waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
    // What it may have started itself must not outlive it.
    Glibc.kill(-identifier, SIGKILL)
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
  }
}

/// Lists of C strings as `exec` takes them.
enum CStrings {
  static func with<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { while let pointer = unsafe pointers.popLast() { unsafe free(pointer) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
  }
}
