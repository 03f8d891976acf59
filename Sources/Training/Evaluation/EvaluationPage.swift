package import DrumNet
import Foundation

/// The evaluation as one HTML page: tables, the reliability of the confidences, and pictures of the
/// songs that were heard worst.
package struct EvaluationPage {
  private let model: Ensemble
  private let command: String
  private var sections: [String] = []

  /// Songs of each set that are pictured.
  private static let pictured = 4

  package init(_ ensemble: Ensemble, command: String) {
    model = ensemble
    self.command = command
  }

  package init(model: DrumModel, command: String) {
    self.init(Ensemble(model), command: command)
  }

  /// Adds a set's scores; its worst songs are heard once more for their pictures.
  package mutating func add(_ table: ScoreTable, of set: EvaluationSet) throws {
    var parts = ["<h2>\(Self.escaped(table.title))</h2>"]
    parts.append("<pre>\(Self.escaped(ScoreReport(tables: [table]).text(songs: false)))</pre>")
    if !table.isDrumFree {
      parts.append("<h3>Confidence against how often it was right</h3>")
      parts.append(Self.plot(table.reliability))
    }
    let evaluator = Evaluator(model)
    for index in Self.worst(table) {
      let recording = try set.recording(index)
      let spectrogram = evaluator.spectrogram(of: recording)
      let picture = MistakePicture(
        score: table.songs[index], spectrogram: spectrogram,
        activations: try evaluator.activations(of: recording),
        calibration: model.settings.calibration)
      let f = fixed(table.songs[index].total(.five, 50).f, 3)
      parts.append("<h3>\(Self.escaped(recording.name)): F \(f)</h3>")
      parts.append(try picture.svg())
    }
    sections.append(parts.joined(separator: "\n"))
  }

  package mutating func add(_ comparison: ScoreComparison) {
    sections.append(
      "<h2>Compared: \(Self.escaped(comparison.title))</h2>\n"
        + "<pre>\(Self.escaped(comparison.text))</pre>")
  }

  package var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <title>\(Self.escaped(model.settings.name)): what it hears</title>
    <style>
    :root { color-scheme: light dark; }
    body { font: 15px/1.4 sans-serif; margin: 2em auto; max-width: 1100px; padding: 0 1em; }
    pre { overflow-x: auto; }
    svg { max-width: 100%; height: auto; display: block; margin-bottom: 1em; }
    </style>
    </head>
    <body>
    <h1>\(Self.escaped(model.settings.name)): what it hears</h1>
    <p>\(model.parameterCount) weights. Printed by</p>
    <pre>\(Self.escaped(command))</pre>
    <p>In the pictures green ticks are onsets that were found, red strokes ones that were missed,
    orange strokes ones that were invented; the blue curve is the activation, the dashed line its
    threshold.</p>
    \(sections.joined(separator: "\n"))
    </body>
    </html>

    """
  }

  /// The songs with the most mistakes per second.
  private static func worst(_ table: ScoreTable) -> [Int] {
    func mistakes(_ song: SongScore) -> Double {
      Double(song.onsets.count { $0.estimate == nil || $0.annotation == nil })
        / max(1, song.duration)
    }
    return table.songs.indices.filter { mistakes(table.songs[$0]) > 0 }
      .sorted { mistakes(table.songs[$0]) > mistakes(table.songs[$1]) }.prefix(pictured).map { $0 }
  }

  private static func plot(_ reliability: Reliability) -> String {
    let side = 220.0
    let most = Double(reliability.steps.map(\.hits).max() ?? 1)
    var marks: [String] = []
    for (index, step) in reliability.steps.enumerated() where step.hits > 0 {
      let bar = Double(step.hits) / most * side
      marks.append(
        "<rect x='\(fixed(Double(index) * side / 10, 1))' y='\(fixed(side - bar, 1))' "
          + "width='\(fixed(side / 10 - 1, 1))' height='\(fixed(bar, 1))' fill='gray' "
          + "opacity='0.25'/>")
      marks.append(
        "<circle cx='\(fixed(step.confidence * side, 1))' cy='\(fixed((1 - step.real) * side, 1))' "
          + "r='4' fill='steelblue'><title>\(step.hits) hits of confidence "
          + "\(fixed(step.confidence, 2)): \(fixed(step.real, 2)) real</title></circle>")
    }
    return "<svg viewBox='0 0 \(Int(side)) \(Int(side))' width='\(Int(side))' "
      + "height='\(Int(side))'><rect width='100%' height='100%' fill='none' stroke='gray'/>"
      + "<line x1='0' y1='\(Int(side))' x2='\(Int(side))' y2='0' stroke='gray' "
      + "stroke-dasharray='3 3'/>" + marks.joined() + "</svg>"
  }

  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;")
      .replacingOccurrences(of: "<", with: "&lt;").replacingOccurrences(of: ">", with: "&gt;")
  }
}
