internal import Glibc

/// What can go wrong around a conversion. What is wrong with one song is not an error but an
/// `Outcome`.
package enum DaemonError: Error, Hashable {
  /// The configuration cannot be used. `line` counts from 1.
  case settings(file: String, line: Int?, reason: String)
  /// A call of the system failed with this errno.
  case system(_ operation: String, BytePath?, code: Int32)
  /// Another daemon holds this folder.
  case held(BytePath)
  /// The job ledger cannot be read or written.
  case ledger(String)
  /// A converter could not be tried at the start: it was killed or crashed.
  case worker(String)
  /// The running daemon did not answer, or answered no.
  case control(String)

  /// The sysexits code that a program ends with for this error.
  package var exitCode: Int32 {
    switch self {
    case .settings: 78  // EX_CONFIG: systemd must not try again
    case .held: 75  // EX_TEMPFAIL: the other one may end
    case .worker: 75  // as a want of memory may
    case .system: 71  // EX_OSERR
    case .ledger: 74  // EX_IOERR
    case .control: 69  // EX_UNAVAILABLE
    }
  }

  /// Whether the world around the song is at fault and may mend: disk full or read-only, input or
  /// output error, out of descriptors or memory, a network file system gone.
  package var isTransient: Bool {
    guard case .system(_, _, let code) = self else { return false }
    return Self.transientCodes.contains(code)
  }

  private static let transientCodes: Set<Int32> = [
    ENOSPC, EDQUOT, EROFS, EIO, EMFILE, ENFILE, ENOMEM, ESTALE, EAGAIN, ETIMEDOUT, ENOTCONN,
    ENODEV, ENXIO,
  ]

  /// The last failed call of this thread, as an error.
  static func last(_ operation: String, _ path: BytePath? = nil) -> DaemonError {
    .system(operation, path, code: errno)
  }
}

extension DaemonError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .settings(let file, let line, let reason):
      return file + (line.map { ", line \($0)" } ?? "") + ": " + reason
    case .system(let operation, let path, let code):
      let cause = unsafe String(cString: strerror(code))
      return "cannot \(operation)" + (path.map { " \($0)" } ?? "") + ": \(cause)"
    case .held(let path):
      return "another chartherod already works on \(path)"
    case .ledger(let reason):
      return "the job ledger: \(reason)"
    case .worker(let reason):
      return "no song could be converted: \(reason)"
    case .control(let reason):
      return reason
    }
  }
}
