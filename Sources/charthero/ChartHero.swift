import ArgumentParser
import TensorCore

/// The person's command: songs in, drum charts out, and a word with the daemon.
@main
struct ChartHero: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "charthero",
    abstract: "Writes Clone Hero drum charts for songs, and talks to the daemon that does.",
    discussion: """
      \(ModelSearch.help)

      Exit codes follow sysexits: 0 done, 64 wrong usage, 65 a file that is not what it should \
      be, 66 a file that is not there, 70 a fault of this program, 73 an output that cannot be \
      made, 74 a disk that does not answer; 69 a daemon that does not answer, 78 a configuration \
      that cannot be used.
      """,
    subcommands: [
      Convert.self, Transcribe.self, Listen.self, Inspect.self, Status.self, Retry.self,
      Cancel.self, Doctor.self,
    ])

  static func main() async {
    // Before anything else: this may restart the program with faster matrix kernels.
    BLAS.ensureBestKernels()
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      Failure.exit(with: error)
    }
  }
}
