import ArgumentParser
import Foundation
import Training

struct Prepare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make real recordings with annotations ready for training.",
    discussion: """
      The corpus description (TOML) names each source:

        [sources.e-gmd]
        kind = "groove"            # groove, game, mdb, slakh, star or tsv
        folder = "/data/e-gmd-v1.0.0"
        role = "split"             # optional: training, validation, evaluation, or its own split
        licence = "CC BY 4.0"
        drumsOnly = true           # optional: other music may be mixed under it

      Songs whose notes do not follow their sound to 30 ms after one constant offset are dropped. \
      OUTPUT is what `fit --prepared` reads: 5 MB a minute. --check only looks and reports.
      """)

  @Argument(help: "The corpus description (TOML).")
  var corpus: String

  @Flag(help: "Write nothing: report what there is, how it lies and what would be dropped.")
  var check = false

  @Option(help: ArgumentHelp("Where the prepared corpus goes.", valueName: "folder"))
  var output: String?

  @Option(help: "Share of each source's songs to take, 0 to 1; always the same ones.")
  var sampleRatio = 1.0

  @Option(help: "Gigabytes of audio that may be in memory at once.")
  var memoryLimitGb = 4.0

  func validate() throws {
    guard check != (output != nil) else {
      throw ValidationError("give either --check or --output")
    }
    guard sampleRatio > 0, sampleRatio <= 1 else {
      throw ValidationError("--sample-ratio must be more than 0 and at most 1")
    }
    guard memoryLimitGb > 0, memoryLimitGb <= 1_024 else {
      throw ValidationError("--memory-limit-gb must be more than 0 and at most 1024")
    }
  }

  func run() throws {
    let description = try SettingsFile.read(corpus, over: CorpusDescription())
    guard !description.sources.isEmpty else {
      throw TrainingError(path: corpus, stage: "reading the corpus", reason: "it names no source")
    }
    var options = CorpusPreparation.Options()
    options.sampleRatio = sampleRatio
    options.memoryLimit = Int(memoryLimitGb * 0x1p30)
    let reports = try CorpusPreparation(options: options, output: output).run(description) {
      Terminal.progress("\($0): \($1) songs")
    }
    Terminal.endProgress()
    print(reports.map(\.text).joined(separator: "\n"), terminator: "")
    if let output { Terminal.say("Wrote \(output)") }
  }
}
