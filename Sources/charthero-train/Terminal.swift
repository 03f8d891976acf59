import Foundation

/// What the program says while it works, on standard error: one line that rewrites itself on a
/// terminal, plain lines in a pipe or a log.
enum Terminal {
  private static let isInteractive = isatty(STDERR_FILENO) == 1

  static func say(_ line: String) { write(line + "\n") }

  static func progress(_ line: String) {
    write(isInteractive ? "\r\u{1B}[K" + line : line + "\n")
  }

  static func endProgress() { if isInteractive { write("\n") } }

  private static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
