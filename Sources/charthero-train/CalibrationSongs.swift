import ArgumentParser
import Audio
import DrumNet
import Foundation
import Spectral
import TensorCore

/// Songs that a network hears once, to find between which values lies what it multiplies.
struct CalibrationSongs: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Songs by which 8-bit steps are chosen; those in the folder samples where none are named.",
      valueName: "file"))
  var songs: [String] = []

  /// About ten seconds at 100 frames/s, as long as a song's windows.
  private static let frames = 1_000
  /// From each song, at even distances: a minute of it.
  private static let windows = 6

  /// Features (frames, bins) of windows of all songs.
  func windows(_ mel: MelSettings) throws -> [[Float]] {
    try chosen().flatMap { try windows(of: $0, mel) }
  }

  /// The range of the inputs of each matrix in these windows, by the matrix's name.
  static func inputRanges(
    of network: any Network, settings: ModelSettings, in windows: [[Float]]
  ) -> [String: ClosedRange<Float>] {
    let model = DrumModel(network: network, settings: settings)
    return network.parameters.inputRanges {
      for window in windows {
        _ = model.activations(features: window, frames: window.count / settings.mel.bins)
      }
    }
  }

  private func chosen() throws -> [String] {
    guard songs.isEmpty else { return songs }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "samples")) ?? []
    let found = names.filter { !$0.hasSuffix(".md") }.sorted().map { "samples/" + $0 }
    guard !found.isEmpty else {
      throw ValidationError("8-bit steps are chosen by songs: name some with --songs")
    }
    return found
  }

  /// Features (frames, bins) of each window.
  private func windows(of song: String, _ mel: MelSettings) throws -> [[Float]] {
    let audio = try AudioFile.decode(path: song).buffer.resampled(to: mel.sampleRate)
    let spectrogram = LogMel(settings: mel).spectrogram(of: audio.downmixed())
    let frames = min(Self.frames, spectrogram.frames)
    return (0..<Self.windows).map { index in
      let first = (spectrogram.frames - frames) * index / (Self.windows - 1)
      return Array(spectrogram.values[first * mel.bins..<(first + frames) * mel.bins])
    }
  }
}
