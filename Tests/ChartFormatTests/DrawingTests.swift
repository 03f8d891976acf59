import ChartFormat
import Foundation
import FoundationXML
import TestSupport
import Testing

@Suite("Drawings of charts")
struct DrawingTests {
  @Test("The highway shows every tier side by side, as the golden has it")
  func highway() throws {
    var chart = ChartTextTests.small
    var easy = DrumTrack()
    easy.notes = chart.tracks[.expert]!.notes.filter { $0.tick.value % 192 == 0 && $0.pad != .kick }
    chart.tracks[.easy] = easy
    let drawn = HighwayDrawing(chart).draw(bars: 1...3)
    let golden = try String(contentsOf: Repository.fixture("charts/small.highway"), encoding: .utf8)
    #expect(drawn == golden)
    #expect(drawn.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test("Four tiers fit into 80 columns, in colour too")
  func width() {
    let chart = ChartCheckTests.good
    let plain = HighwayDrawing(chart).drawOpening(bars: 3)
    #expect(plain.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let coloured = HighwayDrawing(chart, isColoured: true).drawOpening(bars: 3)
    #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
    #expect(coloured != plain)
  }

  @Test("Bars that do not exist are left out, and an empty chart is drawn as nothing")
  func outside() {
    #expect(!HighwayDrawing(ChartTextTests.small).draw(bars: 50...60).contains("│"))
    var empty = ChartTextTests.small
    empty.tracks = [:]
    #expect(!HighwayDrawing(empty).draw().contains("┼"))
    #expect(SongPicture(empty).picture().svg().contains("</svg>"))
  }

  @Test("The song's picture is well-formed and has every section and tier")
  func picture() throws {
    var chart = ChartCheckTests.good
    chart.metadata.title = "Rock & <Roll>"
    let svg = SongPicture(chart, confidence: [0.2, nil, 0.9]).picture().svg()
    let parser = XMLParser(data: Data(svg.utf8))
    let counter = ElementCounter()
    parser.delegate = counter
    #expect(parser.parse())
    #expect(counter.text.contains("Rock & <Roll>"))
    for section in chart.sections { #expect(counter.text.contains(section.name)) }
    // One arc of a triangle for each cymbal of each tier.
    let cymbals = chart.tracks.values.reduce(0) { $0 + $1.notes.count { $0.isCymbal } }
    #expect(svg.components(separatedBy: "l3 5.4h-6z").count - 1 == cymbals)
    #expect(svg.utf8.count < 400_000)
  }

  private final class ElementCounter: NSObject, XMLParserDelegate {
    var text = ""
    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }
}
