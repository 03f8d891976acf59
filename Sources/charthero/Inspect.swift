import ArgumentParser
import ChartFormat
import Foundation

/// `charthero inspect`: draws a chart folder and lists its facts.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws a chart folder as text, or as a picture, and lists its facts.",
    discussion: """
      Time goes down, as on the highway turned on its head. What checkers of charts and players \
      would complain about stands under 'issues'.
      """)

  @Argument(help: "A chart folder: notes.chart or notes.mid, and song.ini.")
  var folder: String

  @Option(help: "Draw this many bars (0: the facts only).")
  var bars = 4

  @Option(help: "Begin at this bar; the default is the bar of the first note.")
  var from: Int?

  @Option(help: "Draw this tier (\(Difficulty.names)); may be given again. The default is all.")
  var tier: [Difficulty] = []

  @Option(help: "Also write a picture of the whole chart (SVG) to this file.")
  var svg: String?

  func validate() throws {
    guard bars >= 0 else { throw ValidationError("--bars must not be negative.") }
    guard from ?? 1 >= 1 else { throw ValidationError("--from counts bars from 1.") }
  }

  func run() throws {
    try Failure.checkInput(folder)
    let song = try ChartFolder(path: folder)
    print(FactSheet(folder: song).text(), terminator: "")
    if bars > 0 {
      let drawing = HighwayDrawing(
        song.chart, tiers: tier.isEmpty ? nil : tier.sorted(by: >),
        isColoured: Terminal.showsColours)
      print("")
      print(
        from.map { drawing.draw(bars: $0...$0 + bars - 1) } ?? drawing.drawOpening(bars: bars),
        terminator: "")
    }
    guard let svg else { return }
    do {
      try Data(SongPicture(song.chart).svg().utf8).write(to: URL(filePath: svg))
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
