import ArgumentParser
import Foundation
import Training
import Transcription

struct Beats: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Teach the beat tracker's network where the beats of drumming are.",
    discussion: """
      Learns from human charts, from performances to a metronome, from the drums of General MIDI \
      songs (those of `arrange` among them) and from invented patterns, and writes the network as \
      the source file Sources/Transcription/BeatNetworkWeights.swift, which the programs are built with. Every \
      eighth chart by name is left out, and so are the validation and test splits: `charts` \
      measures on the former.
      """)

  @Option(help: ArgumentHelp("Rock Band charts with an index.csv.", valueName: "folder"))
  var charts: String

  @Option(help: ArgumentHelp("The Groove MIDI Dataset, with an info.csv.", valueName: "folder"))
  var performances: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Folders of General MIDI songs with drums.", valueName: "folder"))
  var songs: [String] = []

  @Option(help: "The Swift file to write.")
  var output: String

  @Option(help: "Batches of eight stretches of 41 s.")
  var steps = 6_400

  @Option(help: "Another seed draws other weights and other stretches.")
  var seed: UInt64 = 7

  @Option(
    help: ArgumentHelp(
      """
      Leave every Nth chart of those to learn from out, from the Kth on (0/3, 1/3, 2/3), for \
      `charts --part`.
      """, valueName: "K/N"))
  var without: ChartSong.Part?

  func validate() throws {
    guard steps > 0 else { throw ValidationError("--steps is a number above 0") }
  }

  func run() throws {
    let charted = try ChartSong.load(folder: charts, without.map { .without($0) } ?? .learned)
      .map { BeatPiece($0) }
    let played = try performances.map {
      try MIDIPerformances.load(folder: $0, split: .train).compactMap { BeatPiece($0) }
    }
    let written = AccompanimentSong.load(folders: songs).filter { !$0.isHeldOut }
      .compactMap { BeatPiece($0.drums) }
    guard songs.isEmpty || !written.isEmpty else {
      throw ValidationError("there are no songs with drums in \(songs.joined(separator: ", "))")
    }
    let trainer = BeatTrainer(
      charts: charted, played: played ?? [], songs: written, steps: steps, seed: seed)
    let network = trainer.run {
      Terminal.say("step \($0.step) of \(steps): loss \($0.loss)")
    }
    try Data(BeatNetworkTable.sourceFile(of: network).utf8)
      .write(to: URL(filePath: output), options: .atomic)
  }
}
