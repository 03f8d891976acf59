import ArgumentParser
import Foundation
import Training

struct Listen: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a few training examples for ears and eyes.",
    discussion: """
      For each example a sound file (NUMBER.wav), a label track that Audacity imports (NUMBER.txt) \
      and a picture of the spectrogram with every labelled stroke and beat (NUMBER.svg).
      """)

  @Option(
    help: "Settings of the training (TOML); given again, laid over the former.")
  var config: [String]

  @OptionGroup var sources: Sources

  @Option(help: "How many examples.")
  var count = 8

  @Option(help: "Number of the first; any example can be looked at again by its number.")
  var first = 0

  @Flag(help: "Examples of the kits, songs and performances that training never hears.")
  var validation = false

  @Option(help: ArgumentHelp("Where the files go; made if it is not there.", valueName: "folder"))
  var output: String

  func validate() throws {
    guard count > 0, first >= 0 else {
      throw ValidationError("--count must be at least 1 and --first at least 0")
    }
  }

  func run() throws {
    let settings = try SettingsFile.fit(config)
    var data = sources.data(for: settings)
    if validation { data.heldOutKits = settings.validation.kits }
    let stream = try ExampleStream(
      settings: data,
      seed: validation ? settings.validation.seed : settings.optimisation.seed,
      role: validation ? .validation : .training)
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    for index in first..<first + count {
      let example = try stream.example(index)
      try ExampleListening.write(example, stem: "\(output)/\(index)")
      Terminal.progress("\(output)/\(index): \(example.onsets.count) strokes")
    }
    Terminal.endProgress()
    // Once more, now that the music is in memory: what a long training run waits for.
    let start = clock()
    for index in first..<first + count { _ = try stream.example(index) }
    let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
    let pace = Int(data.seconds * Double(count) / max(seconds, 1e-6))
    Terminal.say("Rendered at \(pace) times real time on one core")
  }
}
