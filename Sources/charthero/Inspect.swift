import ArgumentParser
import ChartFormat
import Foundation

/// `charthero inspect`: draws a chart folder and lists its facts.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws a chart folder as text, or as a picture, and lists its facts.",
    discussion: "Signs of the drawing: \(ChartDrawing.legend).")

  @Argument(help: "A chart folder: notes.chart or notes.mid, and song.ini.")
  var folder: String

  @Option(help: "Draw this many bars (0: the facts only).")
  var bars = 8

  @Option(help: "Begin at this bar; the default is the bar of the first note.")
  var from: Int?

  @Option(help: "The tier to draw: \(Difficulty.names).")
  var tier: Difficulty?

  @Option(help: "Also write the drawn bars as a picture (SVG) to this file.")
  var svg: String?

  @Option(help: "Columns of the drawing.")
  var width = 100

  func validate() throws {
    guard bars >= 0 else { throw ValidationError("--bars must not be negative.") }
    guard width >= 40 else { throw ValidationError("--width must be at least 40.") }
  }

  func run() throws {
    try Failure.checkInput(folder)
    let song = try ChartFolder(path: folder)
    print(FactSheet(folder: song).text(), terminator: "")
    guard let tier = tier ?? song.chart.tracks.keys.max() else { return }
    let all = Bar.bars(of: song.chart, tier: tier)
    let chosen = Array(all.drop { $0.number < from ?? 1 }.prefix(bars))
    if !chosen.isEmpty {
      print("\n\(tier) tier, bar \(chosen[0].number) on:    \(ChartDrawing.legend)\n")
      print(
        ChartDrawing(chart: song.chart, tier: tier, width: width).text(of: chosen), terminator: "")
    }
    guard let svg else { return }
    do {
      let picture = ChartPicture(chart: song.chart, tier: tier).svg(of: chosen)
      try Data(picture.utf8).write(to: URL(filePath: svg))
    } catch {
      throw Failure.cannotCreate(svg, error.localizedDescription)
    }
  }
}

extension Difficulty: ExpressibleByArgument {
  static var names: String { allCases.map { "\($0)" }.joined(separator: ", ") }

  /// By its name, in any case.
  package init?(argument: String) {
    guard let match = Self.allCases.first(where: { "\($0)" == argument.lowercased() }) else {
      return nil
    }
    self = match
  }
}
