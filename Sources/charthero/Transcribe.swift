import ArgumentParser
import Audio
import ChartFormat
import DrumNet
import Foundation
import TensorCore
import Transcription

/// `charthero transcribe`: what is heard in a song, before any grid.
struct Transcribe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the drum hits and beats that are heard in a song, before any grid.",
    discussion: """
      Onsets are a table with the columns time_s, class, velocity and confidence; beats one with \
      time_s and position_in_bar (1 is the downbeat). Times count from the first sample of the \
      file. Activations are a safetensors file with the network's answers, from which the tables \
      can be made again without the network.
      """)

  @Argument(help: "A song: mp3, wav, flac, ogg, opus or aiff. Not needed with --from-activations.")
  var file: String?

  @Option(help: "Write the drum hits to this file (tab-separated).")
  var onsets: String?

  @Option(help: "Write the beats to this file (tab-separated).")
  var beats: String?

  @Option(help: "Write what the network heard to this file (safetensors).")
  var activations: String?

  @Option(help: "Start from these saved activations instead of running the network.")
  var fromActivations: String?

  @OptionGroup var listening: ListeningOptions

  func validate() throws {
    guard file != nil || fromActivations != nil else {
      throw ValidationError("Name a song, or saved activations with --from-activations.")
    }
    guard onsets != nil || beats != nil || activations != nil else {
      throw ValidationError("Say what to write: --onsets, --beats or --activations.")
    }
  }

  func run() throws {
    for path in [file, fromActivations].compactMap({ $0 }) { try Failure.checkInput(path) }
    let model = try DrumModel(contentsOf: listening.modelPath())
    listening.describe(model)
    let bar = ProgressBar(file ?? fromActivations ?? "")
    defer { bar.end() }
    let (heard, duration) = try listen(with: model, bar)
    let result = Transcriber.transcription(
      of: heard, duration: duration, calibration: model.settings.calibration,
      minimumConfidence: listening.minConfidence,
      metadata: SongMetadata(title: "", artist: ""))
    if let onsets { try write(OnsetTable.text(onsets: result.onsets), to: onsets) }
    if let beats { try write(OnsetTable.text(beats: result.beats), to: beats) }
    if let activations { try ActivationsFile.save(heard, to: activations) }
  }

  /// The network's answers, fresh or saved, and the length of the audio in seconds.
  private func listen(
    with model: DrumModel, _ bar: ProgressBar
  ) throws -> (Activations, duration: Double) {
    if let fromActivations {
      let heard = try ActivationsFile.load(fromActivations)
      return (heard, Double(heard.frames) / heard.framesPerSecond)
    }
    bar.show(0, "reading")
    let audio = try SongSurvey(path: file ?? "")
    let heard = try Transcriber(model: model).activations(of: audio) { share in
      bar.show(share, "listening")
    }
    return (heard, audio.duration)
  }

  private func write(_ text: String, to path: String) throws {
    do {
      try Data(text.utf8).write(to: URL(filePath: path))
    } catch {
      throw Failure.cannotCreate(path, error.localizedDescription)
    }
  }
}
