import Audio
import Foundation
import Transcription

/// Real recordings with annotations in the layout of `mdb-dev`: for each song
/// `NAME_full_mix.ogg`, `NAME_drum_only.ogg`, `NAME_onsets.tsv`, `NAME_beats.txt`.
package enum RealRecordings {
  package enum Variant: String, CaseIterable, Sendable {
    case fullMix = "full_mix"
    case drumOnly = "drum_only"
  }

  /// Every song of the folder, by name, at `sampleRate` Hz. Throws ``TrainingError``.
  package static func load(
    folder: String, variant: Variant, sampleRate: Int
  ) throws -> [AnnotatedRecording] {
    let suffix = "_\(variant.rawValue).ogg"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
    guard !names.isEmpty else {
      throw TrainingError(
        path: folder, stage: "reading recordings", reason: "no file ends in \(suffix)")
    }
    return try names.map { name in
      let stem = folder + "/" + name
      let song = try AudioFile.decode(path: stem + suffix)
      let audio = try Resampler.resample(
        song.buffer.downmixed(), from: song.buffer.sampleRate, to: sampleRate)
      return AnnotatedRecording(
        name: name, audio: audio, onsets: try AnnotationFiles.onsets(at: stem + "_onsets.tsv"),
        beats: try AnnotationFiles.beats(at: stem + "_beats.txt"))
    }
  }
}
