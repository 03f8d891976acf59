import ArgumentParser
import DrumNet

struct New: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model with random weights.",
    discussion: """
      It hears nothing yet, but has every tensor's name and shape: to train it elsewhere and \
      import it, or to see how fast a network is.
      """)

  @Option(help: "Settings of the model (TOML): its name, network and mel bands.")
  var config: String

  @Option(help: "The same number gives the same weights.")
  var seed: UInt64 = 1

  @Option(help: "Where the model goes.")
  var output: String

  func run() throws {
    let settings = try SettingsFile.model(config)
    let network = try ModelFile.untrained(settings, seed: seed)
    try ModelFile.write(network, settings: settings, to: output)
    Terminal.say("Wrote \(output)")
  }
}
