import DrumNet
import Foundation
package import Transcription

/// Audio and what is in it: one item of an evaluation.
package struct AnnotatedRecording: Sendable {
  package var name: String
  /// Mono samples at the model's rate.
  package var audio: [Float]
  package var onsets: [Onset]
  package var beats: [Beat]

  package init(name: String, audio: [Float], onsets: [Onset], beats: [Beat]) {
    self.name = name
    self.audio = audio
    self.onsets = onsets
    self.beats = beats
  }
}

/// Reader of the tab-separated annotations of `mdb-dev`: `NAME_onsets.tsv` (time_s, class,
/// velocity, source) and `NAME_beats.txt` (time, place in the bar).
package enum AnnotationFiles {
  /// Ascending onsets; a velocity that is not given is 0. Throws ``TrainingError``.
  package static func onsets(at path: String) throws -> [Onset] {
    var onsets: [Onset] = []
    for (number, line) in try lines(of: path).enumerated() where number > 0 {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count >= 2, let time = Double(fields[0]), let drum = DrumClass(name: fields[1])
      else {
        throw TrainingError(
          path: path, stage: "reading annotations",
          reason: "line \(number + 1) is not \"time, class, velocity\": \(line)")
      }
      let velocity = fields.count > 2 ? Int(fields[2]) ?? 0 : 0
      onsets.append(Onset(time: time, drum: drum, velocity: velocity))
    }
    return onsets.sorted { $0.time < $1.time }
  }

  package static func beats(at path: String) throws -> [Beat] {
    try lines(of: path).enumerated().map { number, line in
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count >= 2, let time = Double(fields[0]), let position = Int(fields[1]) else {
        throw TrainingError(
          path: path, stage: "reading annotations",
          reason: "line \(number + 1) is not \"time, place in the bar\": \(line)")
      }
      return Beat(time: time, position: position)
    }
  }

  private static func lines(of path: String) throws -> [Substring] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw TrainingError(
        path: path, stage: "reading annotations", reason: "it is missing or not UTF-8 text")
    }
    return text.split(whereSeparator: \.isNewline)
  }
}
