import ArgumentParser
import Foundation

/// Errors as sentences on standard error, with exit codes that follow sysexits.
enum Failure {
  /// Something that is needed is not there or fails (`EX_UNAVAILABLE`).
  private static let unavailable: Int32 = 69

  /// Ends the program. The parser's own errors (usage, help) keep its messages and codes.
  static func exit(with error: any Error) -> Never {
    guard CharterBench.exitCode(for: error) == .failure else { CharterBench.exit(withError: error) }
    FileHandle.standardError.write(Data("charthero-bench: \(error)\n".utf8))
    Foundation.exit(unavailable)
  }
}
