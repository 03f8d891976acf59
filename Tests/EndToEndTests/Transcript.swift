import Foundation
import TestSupport
import Testing

/// The tables that the built `charthero transcribe` writes for a sample.
struct Transcript {
  struct Row: Equatable {
    var time: Double
    var drum: String
    var velocity: Int
    var confidence: Double
  }

  var outcome: BuiltProgram.Outcome
  var onsetText: String
  var beatText: String
  var activations: Data

  var onsets: [Row] {
    lines(onsetText).compactMap { fields in
      guard fields.count == 4, let time = Double(fields[0]), let velocity = Int(fields[2]),
        let confidence = Double(fields[3])
      else { return nil }
      return Row(time: time, drum: fields[1], velocity: velocity, confidence: confidence)
    }
  }

  /// Seconds and place in the bar.
  var beats: [(time: Double, position: Int)] {
    lines(beatText).compactMap { fields in
      guard fields.count == 2, let time = Double(fields[0]), let position = Int(fields[1]) else {
        return nil
      }
      return (time, position)
    }
  }

  /// Rows after the heading.
  func lines(_ text: String) -> [[String]] {
    text.split(separator: "\n").dropFirst()
      .map { $0.split(separator: "\t").map(String.init) }
  }

  static func of(
    _ sample: Samples.Sample, more arguments: [String] = []
  ) throws -> Transcript {
    let folder = try TemporaryFolder()
    let outcome = try Samples.charthero.run(
      [
        "transcribe", sample.url.path, "--onsets", folder("onsets.tsv").path,
        "--beats", folder("beats.tsv").path, "--activations", folder("heard").path,
      ] + arguments)
    func text(_ name: String) -> String {
      (try? String(contentsOf: folder(name), encoding: .utf8)) ?? ""
    }
    return Transcript(
      outcome: outcome, onsetText: text("onsets.tsv"), beatText: text("beats.tsv"),
      activations: (try? Data(contentsOf: folder("heard"))) ?? Data())
  }
}
