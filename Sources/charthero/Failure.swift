import ArgumentParser
import Audio
import ChartFormat
import Conversion
import Daemon
import DrumNet
import Foundation
import Transcription

/// An error of the command itself: what went wrong, and the exit code that says so.
struct Failure: Error, CustomStringConvertible {
  var description: String
  /// One of sysexits' codes.
  var code: Int32

  static func noInput(_ path: String) -> Failure {
    Failure(description: "\(path): there is no such file", code: EX_NOINPUT)
  }

  /// A service that is asked for does not do it.
  static let unavailable = EX_UNAVAILABLE
  static let misconfigured = EX_CONFIG

  /// 128 plus the signal's number, as shells have it.
  static let interrupted = Failure(description: "interrupted", code: 128 + SIGINT)

  static func checkInput(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { throw noInput(path) }
  }

  static func cannotCreate(_ path: String, _ reason: String) -> Failure {
    Failure(description: "\(path): cannot be written: \(reason)", code: EX_CANTCREAT)
  }

  /// What the other targets throw, as exit codes.
  static func code(of error: any Error) -> Int32 {
    switch error {
    case let failure as Failure: failure.code
    case let error as AudioError:
      switch error.stage {
      case .open: EX_NOINPUT
      case .recognise, .decode: EX_DATAERR
      case .resample: EX_SOFTWARE
      case .write: EX_IOERR
      }
    case let error as TranscriptionError:
      switch error.stage {
      case .activations, .table: EX_DATAERR
      case .writing: EX_CANTCREAT
      case .model: EX_SOFTWARE
      }
    case let error as ConversionError:
      switch error.stage {
      case _ where error.isSongAtFault: EX_DATAERR
      case .model: EX_DATAERR
      case .decode: EX_NOINPUT
      case .transcribe: EX_SOFTWARE
      case .write, .publish: EX_CANTCREAT
      }
    case let error as DaemonError: error.exitCode
    case is ChartError, is ModelError: EX_DATAERR
    default: EX_SOFTWARE
    }
  }

  static func report(_ error: any Error) { report("\(error)") }

  static func report(_ sentence: String) {
    FileHandle.standardError.write(Data("charthero: \(sentence)\n".utf8))
  }

  /// Ends the program with the error as one sentence on standard error. The parser's own errors
  /// (usage, help, version) keep its messages and codes.
  static func exit(with error: any Error) -> Never {
    guard ChartHero.exitCode(for: error) == .failure else { ChartHero.exit(withError: error) }
    report(error)
    Foundation.exit(code(of: error))
  }
}
