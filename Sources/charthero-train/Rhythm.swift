import ArgumentParser
import Foundation
import Training

struct Rhythm: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learn from human charts how drums mark beats and bars.",
    discussion: """
      Learns the weights of the beat tracker from drum charts in Rock Band form, and writes them \
      as the source file Sources/Transcription/RhythmTables.swift, which the programs are built \
      with. Every eighth chart by name is left out, and so is the validation split: `charts` \
      measures on the former.
      """)

  @Option(help: ArgumentHelp("Rock Band charts with an index.csv.", valueName: "folder"))
  var performances: String

  @Option(help: "The Swift file to write; it is replaced after every epoch.")
  var output: String

  @Option(help: "How often every song is heard.")
  var epochs = 12

  @Option(help: "Another seed draws other stretches.")
  var seed: UInt64 = 7

  func validate() throws {
    guard epochs > 0 else { throw ValidationError("--epochs is a number above 0") }
  }

  func run() throws {
    let songs = try ChartSong.load(folder: performances, .learned)
    var trainer = RhythmTrainer(songs, seed: seed)
    for epoch in 0..<epochs {
      let progress = trainer.runEpoch(epoch, averaging: epoch >= epochs / 3)
      Terminal.say(
        "epoch \(epoch + 1) of \(epochs): beats F \(progress.beats), bar lines F \(progress.bars)")
      try Data(trainer.average.sourceFile.utf8).write(to: URL(filePath: output), options: .atomic)
    }
  }
}
