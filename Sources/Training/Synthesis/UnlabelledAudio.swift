import Foundation
import Synchronization

/// Stretches of any music on disk, of which nothing is known but the sound.
package final class UnlabelledAudio: Sendable {
  /// Windows in a row from one file before the next takes its place: decoding a whole song for each
  /// would take longer than the training.
  private static let windowsPerFile = 16
  /// Files that take turns, so that a batch holds different music.
  private static let filesAtOnce = 8

  private let files: [String]
  private let seconds: Double
  private let seed: UInt64
  private let mastering: Mastering?
  /// Decoded files by their place in the order; the files of one turn at a time.
  private let decoded = Mutex<[Int: AccompanimentLibrary.Audio]>([:])

  /// All sound files of the folders, and of the folders in them. Throws ``TrainingError`` where there
  /// is none.
  package init(folders: [String], settings: StreamSettings, seed: UInt64) throws {
    files = try folders.flatMap { folder in
      try CorpusFiles.all(under: folder).filter(CorpusFiles.isSound).map { folder + "/" + $0 }
    }
    guard !files.isEmpty else {
      throw TrainingError(
        path: folders.joined(separator: ", "), stage: "looking for music",
        reason: "there is no sound file")
    }
    seconds = settings.seconds
    self.seed = seed
    mastering =
      settings.augments
      ? Mastering(
        reverb: try Reverb(folder: settings.impulseResponses),
        lowPassProbability: settings.lowPassProbability) : nil
  }

  /// Example `index`, without labels; the same one whenever it is asked.
  package func example(_ index: Int) throws -> TrainingExample {
    var generator = SeededGenerator(seed: seed, index: index)
    var audio = try stretch(index, using: &generator)
    mastering?.treatMix(&audio, using: &generator)
    return TrainingExample(audio: audio, onsets: [], beats: [])
  }

  /// Examples 2i and 2i + 1 are the same stretch, as two people might have produced it.
  package func pairedExample(_ index: Int) throws -> TrainingExample {
    var generator = SeededGenerator(seed: seed, index: index / 2)
    var audio = try stretch(index / 2, using: &generator)
    var treatment = SeededGenerator(seed: seed &+ 1, index: index)
    mastering?.treatMix(&audio, using: &treatment)
    return TrainingExample(audio: audio, onsets: [], beats: [])
  }

  private func stretch(
    _ index: Int, using generator: inout SeededGenerator
  ) throws -> [Float] {
    let turn = index / (Self.windowsPerFile * Self.filesAtOnce)
    let place = turn * Self.filesAtOnce + index % Self.filesAtOnce
    let audio = try self.audio(place)
    let rate = Double(SampleFile.sampleRate)
    let latest = max(0, Double(audio.samples.count) / rate - seconds)
    var start = 0.0
    for _ in 0..<8 {
      start = generator.uniform(0, latest)
      if audio.isHeard(from: start, seconds: seconds) { break }
    }
    return audio.excerpt(from: start, count: Int(seconds * rate))
  }

  /// The file at a place of the endless order, in which every file comes once a round.
  private func audio(_ place: Int) throws -> AccompanimentLibrary.Audio {
    if let audio = decoded.withLock({ $0[place] }) { return audio }
    var generator = SeededGenerator(seed: seed &+ 2, index: place / files.count)
    let path = files.shuffled(using: &generator)[place % files.count]
    let audio = AccompanimentLibrary.Audio(try SampleFile.mono(path))
    decoded.withLock { kept in
      let turn = place / Self.filesAtOnce
      kept = kept.filter { $0.key / Self.filesAtOnce == turn }
      kept[place] = audio
    }
    return audio
  }
}
