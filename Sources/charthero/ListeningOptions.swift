import ArgumentParser
import DrumNet
import Foundation

/// The options of every command that runs the network.
struct ListeningOptions: ParsableArguments {
  @Option(help: "The model: a safetensors file. See 'charthero --help' for where it is looked for.")
  var model: String?

  @Option(
    help: """
      Leave out hits that are heard with less confidence than this, 0 to 1. At 0 the model's own \
      thresholds decide alone.
      """)
  var minConfidence = 0.0

  @Flag(name: .shortAndLong, help: "Say which model and which matrix kernels run.")
  var verbose = false

  func validate() throws {
    guard 0...1 ~= minConfidence else {
      throw ValidationError("--min-confidence must be from 0 to 1.")
    }
  }

  func modelPath() throws -> String { try ModelSearch.path(model) }

  func say(_ line: String) {
    if verbose { FileHandle.standardError.write(Data("charthero: \(line)\n".utf8)) }
  }

  func describe(_ model: DrumModel) {
    say("model \(model.settings.name), \(model.parameterCount) parameters")
    say(model.kernels)
  }
}
