import ChartFormat
import Foundation
import Testing

/// Damaged files may be refused, in this target's own error, and nothing else may happen: no crash,
/// no other error, no endless loop. Two seconds of each parser; `CHARTHERO_FUZZ_SECONDS` for more
/// (`make fuzz`: a minute of each, side by side).
@Suite("Fuzzing the parsers")
struct FuzzTests {
  private static let seconds =
    ProcessInfo.processInfo.environment["CHARTHERO_FUZZ_SECONDS"].flatMap(Double.init) ?? 2

  @Test(".chart files")
  func chartText() async {
    let seeds = (0..<6).map { seed in
      var generator = ChartGenerator(seed: UInt64(seed))
      return Array(ChartText.write(generator.chart()).utf8)
    }
    await fuzz(seeds + [Array(ChartText.write(ChartTextTests.small).utf8)]) {
      bytes throws(ChartError) in
      Self.isUsable(try ChartText.read(bytes))
    }
  }

  @Test(".mid files")
  func chartMIDI() async {
    let seeds = (0..<6).map { seed in
      var generator = ChartGenerator(seed: UInt64(seed))
      return ChartMIDI.write(ChartMIDITests.inMIDI(generator.chart()))
    }
    await fuzz(seeds + [ChartMIDI.write(ChartTextTests.small)]) { bytes throws(ChartError) in
      Self.isUsable(try ChartMIDI.read(bytes))
    }
  }

  @Test("song.ini files")
  func songINI() async {
    var generator = ChartGenerator(seed: 1)
    let text = SongINI(metadata: generator.chart().metadata).text()
    await fuzz([Array(text.utf8), Array("[song]\nname = a\ndelay = -9\ntrack = 3\n".utf8)]) {
      bytes throws(ChartError) in
      let ini = try SongINI(bytes)
      // What was read can be written and read again.
      return try SongINI(ini.text()).metadata.title == ini.metadata.title
    }
  }

  /// What is read must be fit for everything that is done with charts.
  private static func isUsable(_ chart: Chart) -> Bool {
    _ = ChartFacts(chart)
    _ = ChartCheck(chart).issues
    _ = HighwayDrawing(chart).drawOpening(bars: 2)
    let again = try? ChartText.read(ChartText.write(chart))
    return again?.tracks == chart.tracks
  }

  private struct Outcome: Sendable {
    var accepted = 0
    var refused = 0
    /// Inputs that were read but could not be used, and refusals without words.
    var strange: [[UInt8]] = []
  }

  /// - Parameter parse: whether what was read could be used.
  private func fuzz(
    _ seeds: [[UInt8]], _ parse: @escaping @Sendable ([UInt8]) throws(ChartError) -> Bool
  ) async {
    // A thread of its own: the parsers are fuzzed side by side, however few threads tests have.
    let outcome = await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: Self.run(seeds, parse)) }
    }
    // A fuzzer that only ever sees one side of the parser tests nothing.
    #expect(outcome.accepted > 0 && outcome.refused > 0)
    for bytes in outcome.strange.prefix(3) {
      Issue.record("a strange answer to \(Data(bytes).base64EncodedString())")
    }
  }

  private static func run(
    _ seeds: [[UInt8]], _ parse: ([UInt8]) throws(ChartError) -> Bool
  ) -> Outcome {
    // The usual run is the same each time; a long one looks further.
    let start = seconds > 2 ? UInt64.random(in: 0...(.max)) : 0x1234_5678
    var random = SplitMix(state: UInt64(seeds.count) &* start)
    let deadline = ContinuousClock.now + .seconds(seconds)
    var outcome = Outcome()
    while ContinuousClock.now < deadline {
      let bytes = mutated(seeds.randomElement(using: &random)!, &random)
      do throws(ChartError) {
        if try !parse(bytes) { outcome.strange.append(bytes) }
        outcome.accepted += 1
      } catch {
        if error.description.isEmpty { outcome.strange.append(bytes) }
        outcome.refused += 1
      }
    }
    return outcome
  }

  /// A few edits of the kinds that break parsers: flipped bits, cuts, copies, numbers out of range.
  private static func mutated(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    let tokens: [[UInt8]] = [
      Array("-1".utf8), Array("99999999999999999999".utf8), Array("9223372036854775807".utf8),
      Array("0".utf8), Array("\n}\n".utf8), Array("[Song]".utf8), Array("=".utf8), Array("\"".utf8),
      [0xFF, 0xFE], [0xC3, 0x28], [0], [0x80, 0x80, 0x80, 0x80, 0x80], [0xFF, 0x51, 0x03, 0, 0, 1],
    ]
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      guard !bytes.isEmpty else { return bytes }
      let at = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes.insert(contentsOf: tokens.randomElement(using: &random)!, at: at)
      case 3:
        bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...40, using: &random)))
      case 4 where Int.random(in: 0..<4, using: &random) == 0: bytes.removeSubrange(at...)
      default:
        let end = min(bytes.count, at + Int.random(in: 1...60, using: &random))
        bytes.insert(
          contentsOf: bytes[at..<end], at: Int.random(in: 0..<bytes.count, using: &random))
      }
    }
    return bytes
  }
}
