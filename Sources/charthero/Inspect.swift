import ArgumentParser
import Artwork
import ChartFormat
import Conversion
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

  @Option(help: "Also write a picture of the whole chart to this file, as SVG.")
  var svg: String?

  @Option(help: "The same picture as PNG.")
  var png: String?

  @Option(help: "Show in the picture how sure the hits of each bar are, from this report (JSON).")
  var report: String?

  func validate() throws {
    guard report == nil || svg != nil || png != nil else {
      throw ValidationError("--report is for a picture: give --svg or --png too.")
    }
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
    guard svg != nil || png != nil else { return }
    let picture = SongPicture(song.chart, confidence: try confidence()).picture()
    if let svg { try write(Data(picture.svg().utf8), to: svg) }
    if let png { try write(Data(try PicturePNG.bytes(of: picture)), to: png) }
  }

  /// By bar, as the conversion's report has it.
  private func confidence() throws -> [Double?] {
    guard let report else { return [] }
    try Failure.checkInput(report)
    guard let bytes = FileManager.default.contents(atPath: report),
      let heard = try? JSONDecoder().decode(ConversionReport.self, from: bytes)
    else {
      throw Failure(
        description: "\(report): this is no report of a conversion in JSON", code: EX_DATAERR)
    }
    return heard.barConfidence
  }

  private func write(_ bytes: Data, to path: String) throws {
    do {
      try bytes.write(to: URL(filePath: path))
    } catch {
      throw Failure.cannotCreate(path, error.localizedDescription)
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
