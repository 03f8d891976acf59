import ArgumentParser
import DrumNet
import Foundation
import TensorCore
import Training
import Transcription

struct Charts: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the charts against human charts: tempo map, bars, grid.",
    discussion: """
      Every eighth chart of the folder by name is made anew and compared with what the human \
      wrote. From true onsets: the notes with Gaussian jitter, without a network, once on the \
      human tempo map (share on the human tick) and once with the tempo map to be found. From \
      audio: the notes played on the kits, kit after kit, heard by the model. Shares of notes are \
      of those that were heard.
      """)

  @Option(help: ArgumentHelp("Rock Band charts with an index.csv.", valueName: "folder"))
  var performances: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Folders of drum kits (kit.json or Hydrogen), to measure from audio as well.",
      valueName: "folder"))
  var kits: [String] = []

  @Option(help: "The model (safetensors) that hears the audio.")
  var model: String?

  @Option(help: "Standard deviation of the true onsets' times, milliseconds.")
  var jitter = 6.0

  @Option(help: "At most this many of the songs, the first by name.")
  var limit: Int?

  @Flag(help: "All charts but these: what the beat tracker learned from.")
  var learned = false

  @Option(
    help: ArgumentHelp(
      "These charts: what `beats --without` left out of what the beat tracker learns from.",
      valueName: "K/N"))
  var part: ChartSong.Part?

  @Option(help: "A network that `beats` wrote, instead of the one that the program is built with.")
  var beatNetwork: String?

  @Option(help: "Also write the figures as JSON.")
  var json: String?

  @Flag(help: "One line per song as well.")
  var songs = false

  func validate() throws {
    guard kits.isEmpty == (model == nil) else {
      throw ValidationError("--kits and --model go together")
    }
    guard part == nil || !learned else {
      throw ValidationError("--part is of what --learned measures: give one of them")
    }
    guard jitter >= 0 else { throw ValidationError("--jitter is not negative") }
    guard (limit ?? 1) > 0 else { throw ValidationError("--limit is a number above 0") }
  }

  func run() throws {
    let network = try beatNetwork.map { try Self.network($0) }
    let all = try ChartSong.load(
      folder: performances, part.map { .part($0) } ?? (learned ? .learned : .measured))
    let charts = Array(all.prefix(limit ?? all.count))
    var tables = [
      ChartMeasureTable(
        title: "from true onsets",
        songs: charts.enumerated().map { index, song in
          Terminal.progress("true onsets: \(index + 1) of \(charts.count)")
          return ChartMeasure(
            trueOnsetsOf: song, jitter: jitter / 1_000, seed: 1, network: network)
        })
    ]
    if let model {
      let audio = try ChartAudio(
        model: try DrumModel(contentsOf: model), kits: kits)
      tables.append(
        ChartMeasureTable(
          title: "from audio",
          songs: try charts.enumerated().map { index, song in
            Terminal.progress("audio: \(index + 1) of \(charts.count)")
            return try audio.measure(song, index: index, network: network)
          }))
    }
    Terminal.endProgress()
    for table in tables { print(table.text(perSong: songs) + "\n") }
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(tables).write(to: URL(filePath: json))
    }
  }

  private static func network(_ path: String) throws -> BeatNetwork {
    guard let text = try? String(contentsOf: URL(filePath: path), encoding: .utf8),
      let network = BeatNetworkTable.network(sourceFile: text)
    else { throw ValidationError("\(path) is no file that `charthero-train beats` wrote") }
    return network
  }
}

extension ChartSong.Part: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
