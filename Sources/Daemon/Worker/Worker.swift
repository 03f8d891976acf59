internal import CLinux
internal import Glibc

/// The child's side: one song, then the end. Runs in the process that the daemon starts with
/// `chartherod worker`; a decoder that goes wild takes only this process with it.
package enum Worker {
  /// Reads the request, converts the song on descriptor 3, answers.
  ///
  /// - Returns: the exit code, 0 when an answer was given.
  package static func run() -> Int32 {
    let input = BytePath("standard input")
    guard let line = try? Descriptor(taking: 0).read(1 << 16, of: input),
      let request = JSONLines.value(WorkerRequest.self, line)
    else { return 64 }
    guard confine(request) else { return 75 }
    WorkerConversion.use(threads: request.threads)
    send(
      request.isProbe
        ? WorkerConversion.probe(request)
        : WorkerConversion.convert(request, song: WorkerProcess.songDescriptor, report: send))
    return 0
  }

  /// Puts this process into its limits before a byte of the song is read.
  private static func confine(_ request: WorkerRequest) -> Bool {
    linux_die_with_parent()
    // The daemon may have died before that line.
    guard getppid() == request.daemon else { return false }
    // Started through /proc/self/exe it would be listed as `exe`.
    unsafe linux_name_process("chartherod")
    linux_be_nicer(10)
    // The first to go when memory runs out; raising one's own badness is always allowed.
    let badness = BytePath("/proc/self/oom_score_adj")
    if let file = try? Descriptor.open(badness, [.writing]) {
      try? file.write("1000".utf8, to: badness)
    }
    limit(RLIMIT_CORE, 0)
    limit(RLIMIT_NOFILE, 64)
    // The padded audio of the longest song as Ogg stays far below half a gigabyte.
    limit(RLIMIT_FSIZE, 512 << 20)
    limit(RLIMIT_AS, UInt64(request.memory))
    limit(RLIMIT_CPU, UInt64(request.processorTime))
    return true
  }

  private static func limit(_ resource: __rlimit_resource, _ value: UInt64) {
    var limits = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limits) == 0 else { return }
    limits.rlim_max = min(limits.rlim_max, rlim_t(value))
    limits.rlim_cur = limits.rlim_max
    unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limits)
  }

  private static func send(_ message: WorkerMessage) {
    let output = BytePath("standard output")
    // A daemon that does not listen any more is about to kill us.
    try? Descriptor.write(JSONLines.line(message), to: STDOUT_FILENO, output)
  }
}
