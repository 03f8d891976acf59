import ArgumentParser
import DrumNet
import Foundation
import TensorCore
import Training

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure what a model hears against annotations.",
    discussion: """
      Prints F-measures at 50, 30 and 20 ms after optimal one-to-one matching, in five and in \
      eight classes and for any onset, with a bootstrap 95 % interval over recordings.
      """)

  @Option(help: "The model (safetensors).")
  var model: String

  @Option(
    help: ArgumentHelp(
      "Real recordings: NAME_full_mix.ogg, NAME_drum_only.ogg, NAME_onsets.tsv, NAME_beats.txt.",
      valueName: "folder"))
  var recordings: String?

  @Option(
    help: ArgumentHelp(
      "A kit that the training never heard, to play the test performances on.",
      valueName: "folder"))
  var heldOutKit: String?

  @Option(help: ArgumentHelp("The Groove MIDI Dataset, for its test split.", valueName: "folder"))
  var performances: String?

  @Option(help: "At most this many test performances, the longest first.")
  var limit: Int?

  @Option(help: "Also write the scores as JSON, with the model's settings and this command.")
  var json: String?

  @Flag(help: "One line per recording as well.")
  var songs = false

  func validate() throws {
    guard recordings != nil || heldOutKit != nil else {
      throw ValidationError("give --recordings, or --held-out-kit and --performances")
    }
    guard (heldOutKit == nil) == (performances == nil) else {
      throw ValidationError("--held-out-kit and --performances go together")
    }
  }

  func run() throws {
    Terminal.say(BLAS.kernelDescription)
    let model = try DrumModel(contentsOf: model)
    let evaluator = Evaluator(model: model)
    var tables: [ScoreTable] = []
    if let recordings {
      for variant in RealRecordings.Variant.allCases {
        let items = try RealRecordings.load(
          folder: recordings, variant: variant, sampleRate: evaluator.sampleRate)
        tables.append(try table(variant.title, items.count, evaluator) { items[$0] })
      }
    }
    if let heldOutKit, let performances {
      let set = try HeldOutKit(kit: heldOutKit, performances: performances, limit: limit)
      tables.append(
        try table("held-out kit, test performances", set.count, evaluator, set.recording))
    }
    let report = ScoreReport(tables: tables)
    print(report.text(songs: songs), terminator: "")
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let record = Record(
        command: CommandLine.arguments.dropFirst().reduce("charthero-train") { $0 + " " + $1 },
        model: model.settings, weights: model.parameterCount, scores: report.summaries)
      try encoder.encode(record).write(to: URL(filePath: json))
    }
  }

  /// What is heard, by whom, measured how.
  private struct Record: Codable {
    var command: String
    var model: ModelSettings
    var weights: Int
    var scores: [ScoreReport.Summary]
  }

  /// Scores one recording after the other, so that only one is in memory.
  private func table(
    _ title: String, _ count: Int, _ evaluator: Evaluator,
    _ recording: (Int) throws -> AnnotatedRecording
  ) throws -> ScoreTable {
    var songs: [SongScore] = []
    for index in 0..<count {
      songs.append(try evaluator.score(try recording(index)))
      Terminal.progress("\(title): \(index + 1) of \(count)")
    }
    Terminal.endProgress()
    return ScoreTable(title: title, songs: songs)
  }
}

extension RealRecordings.Variant {
  fileprivate var title: String {
    switch self {
    case .fullMix: "real recordings, full mix"
    case .drumOnly: "real recordings, drums only"
    }
  }
}
