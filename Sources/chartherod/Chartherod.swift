import ArgumentParser
import Daemon
import Foundation
import Logging

@main
struct Chartherod: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chartherod",
    abstract: "Turns songs dropped into an inbox into Clone Hero drum charts.",
    discussion: """
      Watches the inboxes of its configuration. Each song that is complete becomes a chart folder \
      in the outbox; a song that cannot be converted moves to the failed folder with the reason \
      beside it. Meant to be run by systemd; stops on SIGTERM, reads its configuration again on \
      SIGHUP. Log lines go to the journal, or to standard error.
      """,
    subcommands: [Run.self, CheckConfig.self],
    defaultSubcommand: Run.self)

  static func main() async {
    // What the daemon starts for each song, not for people. A priority and a name are a thread's own
    // and go to the threads that it makes: so it is done here, on the first one, before there are
    // others.
    if CommandLine.arguments.dropFirst().elementsEqual(["worker"]) { Foundation.exit(Worker.run()) }
    await main(nil)
  }
}

/// The daemon itself.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Watch the inboxes (what happens without a subcommand).")

  @Option(name: .long, help: "The configuration file.")
  var config = Settings.defaultPath

  func run() async throws {
    var logger = Logger(label: "chartherod") { _ in LogTarget.handler() }
    logger.logLevel = .info
    do {
      try await DaemonService.run(file: config, logger: logger)
    } catch let error as DaemonError {
      logger.critical("\(error)")
      throw ExitCode(error.exitCode)
    }
  }
}

/// For administrators, and for `ExecStartPre`.
struct CheckConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Read the configuration, say what is wrong with it.")

  @Option(name: .long, help: "The configuration file.")
  var config = Settings.defaultPath

  func run() throws {
    do {
      _ = try SettingsFile.read(config)
      print("\(config): no mistakes found")
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      throw ExitCode(error.exitCode)
    }
  }
}
