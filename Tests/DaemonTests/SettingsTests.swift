import ChartFormat
import Daemon
import Foundation
import TestSupport
import Testing

@Suite("The configuration is taken exactly or refused with its line")
struct SettingsTests {
  private static let good = """
    outbox = "/x/out"
    failed = "/x/failed"
    state = "/x/state"
    model = "/x/model.safetensors"

    [[inbox]]
    path = "/x/in"
    """

  private static func parse(_ text: String) throws -> Settings {
    try SettingsFile.parse(text, file: "test.toml")
  }

  /// The error's line and reason.
  private static func refusal(_ text: String) -> (line: Int?, reason: String) {
    do {
      _ = try SettingsFile.parse(text, file: "test.toml")
      return (nil, "accepted")
    } catch {
      guard case .settings("test.toml", let line, let reason) = error else { return (nil, "other") }
      return (line, reason)
    }
  }

  @Test("the smallest configuration gets the defaults")
  func smallest() throws {
    let settings = try Self.parse(Self.good)
    #expect(settings.inboxes.count == 1)
    #expect(settings.inboxes[0].done == BytePath("/x/in/done"))
    #expect(settings.inboxes[0].finished == .move)
    #expect(settings.inboxes[0].settle == 5)
    #expect(settings.jobs == 1)
    #expect(settings.rescan == 300)
    #expect(settings.format == .chart)
    #expect(try Self.parse("format = \"mid\"\n" + Self.good).format == .mid)
    let wrong = Self.refusal("format = \"midi\"\n" + Self.good)
    #expect(wrong.line == 1 && wrong.reason.contains("\"chart\" or \"mid\""))
  }

  @Test("an inbox has its own settings, others fall back to the common ones")
  func ownSettings() throws {
    let settings = try Self.parse(
      "min_confidence = 0.25\nsettle_seconds = 2\n" + Self.good + """

        finished = "keep"
        [[inbox]]
        path = "/x/in2/."
        min_confidence = 0.75
        settle_seconds = 60
        watch = "poll"
        """)
    #expect(settings.inboxes.map(\.minimumConfidence) == [0.25, 0.75])
    #expect(settings.inboxes.map(\.settle) == [2, 60])
    #expect(settings.inboxes.map(\.finished) == [.keep, .move])
    #expect(settings.inboxes[1].path == BytePath("/x/in2"))
    #expect(settings.inboxes[1].watch == .poll)
  }

  @Test("the configuration that is installed is a good one")
  func installed() throws {
    let file = Repository.file("systemd/chartherod.toml")
    let text = try String(contentsOf: file, encoding: .utf8)
    // As it stands it leaves the model to the installation.
    let named = text.replacingOccurrences(of: "#model", with: "model")
    #expect(try Self.parse(named).inboxes.count == 1)
    // Every setting that is commented out is one, with its default as the value.
    let open = named.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.wholeMatch(of: /#([a-z_]+ = .*|\[limits\])/).map { String($0.output.1) } ?? String(line)
    }
    let settings = try Self.parse(open.joined(separator: "\n"))
    var expected = try Self.parse(named)
    expected.inboxes[0].minimumConfidence = 0.3
    expected.inboxes[0].settle = 60
    expected.metrics = BytePath("/var/lib/charthero/chartherod.prom")
    #expect(settings == expected)
  }

  @Test(
    "what is wrong is named with its line",
    arguments: [
      ("banana = 3\n" + good, 1, "'banana' is not a setting here"),
      (
        good + "\nfinishd = \"keep\"", 8,
        "'finishd' is not a setting here (did you mean 'finished'?)"
      ),
      (good + "\n[limits]\nmemory = 1", 9, "'memory' is not a setting here"),
      (good + "\nsettle_seconds = \"5\"", 8, "'settle_seconds' must be a number"),
      (good + "\nmin_confidence = 1.5", 8, "'min_confidence' must be from 0 to 1, not 1.5"),
      (
        good + "\nfinished = \"delete\"", 8,
        "'finished' must be \"move\" or \"keep\", not \"delete\""
      ),
      ("jobs = 0\n" + good, 1, "'jobs' must be from 1 to 64, not 0"),
      ("jobs = 1.5\n" + good, 1, "'jobs' must be a whole number"),
      ("jobs = = 2\n" + good, 1, "expected name = value"),
      ("[\"=\n" + good, 1, "expected name = value"),
      (good + "\noutbox.x = 3", 8, "expected name = value"),
      (good.replacing("/x/failed", with: "failed"), 2, "'failed' must be an absolute path"),
      (good.replacing("/x/failed", with: "/x/../failed"), 2, "'failed' must not contain '..'"),
      (good.replacing("/x/out", with: "/"), 1, "'outbox' must not be the root of the system"),
      (good.replacing("outbox = \"/x/out\"\n", with: ""), nil, "'outbox' is missing"),
      (
        good.replacing("[[inbox]]\npath = \"/x/in\"", with: ""), nil, "needs at least one [[inbox]]"
      ),
      (good.replacing("[[inbox]]", with: "[inbox]"), 6, "must be written with two brackets"),
      (good.replacing("/x/in\"", with: "/x/out\""), 6, "are the same folder"),
      (good.replacing("/x/in\"", with: "/x/out/in\""), 6, "lies inside the outbox"),
      (good.replacing("/x/out", with: "/x/in/out"), 6, "lies inside the inbox"),
      (good.replacing("/x/state", with: "/x/in/state"), 6, "lies inside the inbox"),
      (good + "\n[[inbox]]\npath = \"/x/in/second\"", 8, "lies inside the inbox"),
      (good.replacing("/x/failed", with: "/x/out/failed"), 2, "lies inside the outbox"),
    ] as [(String, Int?, String)])
  func refusals(text: String, line: Int?, reason: String) {
    let refusal = Self.refusal(text)
    #expect(refusal.reason.contains(reason), "\(refusal)")
    #expect(refusal.line == line, "\(refusal)")
  }

  @Test("folders that are the same through a link are found out")
  func links() throws {
    let folder = try TemporaryFolder()
    let real = try folder.folder("real")
    try FileManager.default.createSymbolicLink(at: folder("link"), withDestinationURL: real)
    let text = Self.good.replacing("/x/in\"", with: folder("link/songs").path + "\"")
      .replacing("/x/out", with: folder("real/songs").path)
    #expect(Self.refusal(text).reason.contains("are the same folder"))
  }

  @Test("failed and done folders may lie in the inbox")
  func ownFoldersInside() throws {
    let text = Self.good.replacing("/x/failed", with: "/x/in/failed")
    #expect(try Self.parse(text).failed == BytePath("/x/in/failed"))
  }

  @Test("whatever the text, it is refused with an error or taken, never a crash")
  func fuzz() {
    var random = SystemRandomNumberGenerator()
    let bytes = Array(Self.good.utf8)
    for _ in 0..<300 {
      var text = bytes
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let index = text.indices.randomElement(using: &random)!
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[index] = UInt8.random(in: 1...255, using: &random)
        case 1: text.remove(at: index)
        default: text.insert(contentsOf: "[\"=".utf8, at: index)
        }
      }
      _ = Self.refusal(String(decoding: text, as: UTF8.self))
    }
  }
}
