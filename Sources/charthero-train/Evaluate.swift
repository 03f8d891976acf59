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
      eight classes and for any onset, with a bootstrap 95 % interval over recordings; recall by \
      the speed of the strokes, beats and bar lines, velocities, timing offsets, and how far the \
      confidences can be trusted. With --held-out-kit, --performances and --accompaniment the test \
      performances are also played over songs that training never hears (the drums 0 to 6 dB \
      below them), and what is heard in these songs without any drums is counted.
      """)

  @Option(
    help: "The model (safetensors); given several times, models whose activations are averaged.")
  var model: [String]

  @Option(
    help: ArgumentHelp(
      "Compare with this model, song by song; gains are this model's.", valueName: "model"))
  var compare: String?

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

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Full-band General MIDI songs; the tenth of them that training never hears is used.",
      valueName: "folder"))
  var accompaniment: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Soundfonts for the accompaniment.", valueName: "file"))
  var soundfonts: [String] = []

  @Option(help: "At most this many test performances, the longest first.")
  var limit: Int?

  @Option(help: "Songs of up to a minute to mix for the accompanied set.")
  var mixes = 60

  @Option(help: "Also write the scores as JSON, with the model's settings and this command.")
  var json: String?

  @Option(help: "Also write a page with the tables and pictures of the worst songs.")
  var html: String?

  @Flag(help: "One line per recording as well.")
  var songs = false

  func validate() throws {
    guard !model.isEmpty else { throw ValidationError("give --model") }
    guard recordings != nil || heldOutKit != nil else {
      throw ValidationError("give --recordings, or --held-out-kit and --performances")
    }
    guard (heldOutKit == nil) == (performances == nil) else {
      throw ValidationError("--held-out-kit and --performances go together")
    }
    guard accompaniment.isEmpty == soundfonts.isEmpty else {
      throw ValidationError("--accompaniment and --soundfonts go together")
    }
    guard accompaniment.isEmpty || heldOutKit != nil else {
      throw ValidationError("--accompaniment needs --held-out-kit to play over it")
    }
    guard mixes > 0 else { throw ValidationError("--mixes is a number above 0") }
  }

  func run() throws {
    let model = try Ensemble(model)
    Terminal.say(model.kernels)
    let other = try compare.map(DrumModel.init(contentsOf:))
    let command = CommandLine.arguments.dropFirst().reduce("charthero-train") { $0 + " " + $1 }
    let evaluator = Evaluator(model)
    let others = other.map(Evaluator.init(model:))
    guard others == nil || others?.sampleRate == evaluator.sampleRate else {
      throw ValidationError("the models hear different sample rates")
    }
    var page = EvaluationPage(model, command: command)
    var tables: [ScoreTable] = []
    var comparisons: [ScoreComparison] = []
    for set in try sets(sampleRate: evaluator.sampleRate) {
      let table = try table(set, evaluator)
      tables.append(table)
      print(ScoreReport(tables: [table]).text(songs: songs))
      if html != nil { try page.add(table, of: set) }
      guard let others, let comparison = ScoreComparison(try self.table(set, others), table)
      else { continue }
      comparisons.append(comparison)
      print(comparison.text)
      page.add(comparison)
    }
    if let html { try Data(page.html.utf8).write(to: URL(filePath: html)) }
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let record = Record(
        command: command, model: model.settings, weights: model.parameterCount,
        scores: tables.map(ScoreSummary.init), compared: comparisons)
      try encoder.encode(record).write(to: URL(filePath: json))
    }
  }

  /// What is heard, by whom, measured how.
  private struct Record: Codable {
    var command: String
    var model: ModelSettings
    var weights: Int
    var scores: [ScoreSummary]
    var compared: [ScoreComparison]
  }

  private func sets(sampleRate: Int) throws -> [EvaluationSet] {
    var sets: [EvaluationSet] = []
    if let recordings { sets += try EvaluationSet.real(folder: recordings, sampleRate: sampleRate) }
    if let heldOutKit, let performances {
      let held = try HeldOutKit(kit: heldOutKit, performances: performances, limit: limit)
      sets.append(.drumsOnly(held))
      if !accompaniment.isEmpty {
        let library = try AccompanimentLibrary.heldOut(
          folders: accompaniment, soundfonts: soundfonts, count: mixes)
        sets.append(.mixes(held, over: library, count: mixes))
        sets.append(.drumFree(library, count: mixes))
      }
    }
    return sets
  }

  private func table(_ set: EvaluationSet, _ evaluator: Evaluator) throws -> ScoreTable {
    defer { Terminal.endProgress() }
    return try evaluator.table(set) { Terminal.progress("\(set.title): \($0) of \(set.count)") }
  }
}
