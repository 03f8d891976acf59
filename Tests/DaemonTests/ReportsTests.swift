import Foundation
import TestSupport
import Testing

@Suite("What a published song leaves behind", .serialized)
struct ReportsTests {
  @Test("The state folder gets its report for people and programs, the chart folder does not")
  func reports() throws {
    let daemon = try DaemonUnderTest()
    try daemon.drop("Some Band - Some Song.wav", seed: 1, seconds: 3.2)
    try daemon.waitForCharts(1)
    let reports = daemon.home("state/reports")
    try daemon.wait("its report") { TemporaryFolder.names(in: reports) == ["1.json", "1.txt"] }
    let text = try String(contentsOf: reports.appending(path: "1.txt"), encoding: .utf8)
    let chart = daemon.home("out").appending(path: daemon.charts[0])
    #expect(text.hasPrefix("Some Band – Some Song\n"))
    #expect(text.contains(chart.path))
    #expect(text.contains("no tags: named from the file"))
    let json = try JSONSerialization.jsonObject(
      with: Data(contentsOf: reports.appending(path: "1.json")))
    let report = try #require(json as? [String: Any])
    #expect(report["title"] as? String == "Some Song")
    #expect(report["warnings"] is [String] && report["tempoFit"] is [String: Double])
    #expect(TemporaryFolder.names(in: chart).allSatisfy { !$0.contains("report") })
  }

  @Test("format = \"mid\" makes notes.mid, and is another chart of the same song")
  func midi() throws {
    let daemon = try DaemonUnderTest(common: "format = \"mid\"")
    try daemon.drop("a.wav", seed: 1, seconds: 3.2)
    try daemon.waitForCharts(1)
    let files = TemporaryFolder.names(in: daemon.home("out").appending(path: daemon.charts[0]))
    #expect(files.contains("notes.mid") && !files.contains("notes.chart"))
  }
}
