import ArgumentParser
import Foundation

/// Errors as sentences on standard error, with exit codes that follow sysexits.
enum Failure {
  /// Bad or missing data (`EX_DATAERR`).
  private static let data: Int32 = 65
  /// Another try goes on (`EX_TEMPFAIL`).
  static let temporary: Int32 = 75

  /// Ends the program. The parser's own errors (usage, help) keep its messages and codes.
  static func exit(with error: any Error) -> Never {
    guard CharterTrain.exitCode(for: error) == .failure else { CharterTrain.exit(withError: error) }
    FileHandle.standardError.write(Data("charthero-train: \(error)\n".utf8))
    Foundation.exit(data)
  }
}
