import Foundation
import Synchronization

/// What the program says while it works, on standard error: one line that rewrites itself on a
/// terminal, plain lines in a pipe or a log.
enum Terminal {
  private static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Set in a process that leaves talking to another; errors are said nevertheless.
  static var isQuiet: Bool {
    get { quiet.load(ordering: .relaxed) }
    set { quiet.store(newValue, ordering: .relaxed) }
  }
  private static let quiet = Atomic(false)

  static func say(_ line: String) { if !isQuiet { write(line + "\n") } }

  static func progress(_ line: String) {
    if isQuiet { return }
    write(isInteractive ? "\r\u{1B}[K" + line : line + "\n")
  }

  static func endProgress() { if isInteractive, !isQuiet { write("\n") } }

  private static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
