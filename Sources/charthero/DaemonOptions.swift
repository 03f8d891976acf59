import ArgumentParser
import Daemon

/// The option of every command that talks to the daemon.
struct DaemonOptions: ParsableArguments {
  @Option(help: "The daemon's configuration file.")
  var config = Settings.defaultPath

  func client() throws -> ControlClient { try ControlClient(config: config) }

  /// Tells how many jobs an order changed, and which it did not.
  static func report(
    _ answer: (changed: Int, refused: [ControlReply.Refusal]), _ verb: String
  ) throws {
    print("\(answer.changed) \(answer.changed == 1 ? "song" : "songs") \(verb)")
    guard !answer.refused.isEmpty else { return }
    for refusal in answer.refused { Failure.report("job \(refusal.job): \(refusal.reason)") }
    throw ExitCode(Failure.unavailable)
  }
}
