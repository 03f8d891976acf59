import Audio
import ChartFormat
import DrumNet
import Foundation
import TestSupport
import Testing

@testable import Training

/// Whole songs from sound to folder through the built program, against what the human chart says.
/// `CHARTHERO_RENDERED_SONGS=30` says how many; a song takes about ten seconds of two cores.
@Suite(
  "The release gate over rendered songs", .serialized,
  .enabled(
    if: RenderedSong.count > 0 && RenderedSong.folder != nil, "needs CHARTHERO_RENDERED_SONGS"
  ))
struct RenderedSongsTests {
  private struct Result {
    var name: String
    var issues: [ChartIssue]
    var warnings: [String]
    /// Seconds between true beats and the chart's nearest: median, 95th percentile.
    var beatErrors: (median: Double, p95: Double)
    /// Mean of matched notes' time errors, with sign, seconds.
    var bias: Double
    /// Share of strokes with a note of their drum within 30 ms, and of notes with a stroke.
    var recall: Double
    var precision: Double
    /// Figures of the Expert chart outside the human range, by name, and of the human's own.
    var outside: [String: Double]
    var humanOutside: [String: Double]

    var passesTiming: Bool {
      beatErrors.median <= 0.015 && beatErrors.p95 <= 0.03 && abs(bias) <= 0.01
    }

    var line: String {
      func milliseconds(_ value: Double) -> String { Figures.decimal(value * 1_000, 1) }
      return "\(name): beats \(milliseconds(beatErrors.median)) / \(milliseconds(beatErrors.p95)) "
        + "ms, bias \(milliseconds(bias)) ms, recall \(Figures.decimal(recall, 3)), precision "
        + "\(Figures.decimal(precision, 3)); issues \(issues.map(\.kind.rawValue)); "
        + "outside \(outside.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }); "
        + "\(warnings)"
    }
  }

  @Test("Folders pass the checkers, beats lie where they are heard, densities are those of people")
  func gate() throws {
    let kits = try ["opensource", "muldjord"].compactMap { Repository.dataPack("kits/" + $0)?.path }
      .map { path in
        let isHydrogen = FileManager.default.fileExists(atPath: path + "/drumkit.xml")
        return VirtualKit(
          recorded: isHydrogen ? try HydrogenKit.load(path: path) : try KitFolder.load(path: path))
      }
    let ranges = try HumanRanges()
    var results: [Result] = []
    for (i, name) in try RenderedSong.names(RenderedSong.count).enumerated() {
      let song = try RenderedSong(name)
      let audio = try song.audio(
        kit: kits[i % kits.count], soundfont: "/usr/share/sounds/sf2/FluidR3_GM.sf2",
        seed: UInt64(i))
      results.append(try convert(song, audio, ranges))
      print(results[results.count - 1].line)
    }
    func share(_ holds: (Result) -> Bool) -> Double {
      Double(results.count(where: holds)) / Double(results.count)
    }
    let clean = share { $0.issues.isEmpty }
    // Some songs are in 120 BPM, as their human charts are.
    let sound = share { result in
      !result.issues.contains { $0.severity == .error && $0.kind != .isDefaultBPM }
    }
    let centred = share { $0.beatErrors.median <= 0.015 }
    let timed = share(\.passesTiming)
    print(
      "\(results.count) songs: without errors \(sound), without any issue \(clean), "
        + "beats in place \(centred), in time to the 95th percentile \(timed)")
    for figure in ranges.figures {
      let (ours, theirs) = (
        share { $0.outside[figure] == nil }, share { $0.humanOutside[figure] == nil }
      )
      print("inside the human range of \(figure): \(ours), the human charts themselves \(theirs)")
      #expect(ours >= theirs - 0.15, "\(figure)")
    }
    #expect(sound == 1)
    #expect(clean >= 0.85)
    #expect(results.allSatisfy { abs($0.bias) <= 0.01 })
    // Of thirty songs four have bars at another level than the human's, and eighteen a passage.
    #expect(centred >= 0.8)
    #expect(timed >= 0.35)
  }

  private func convert(
    _ song: RenderedSong, _ audio: [Float], _ ranges: HumanRanges
  ) throws -> Result {
    let folder = try TemporaryFolder()
    let path = folder("Human Band - \(song.name).wav")
    try WaveFile.bytes(audio.map(Double.init), rate: 44_100).write(to: path)
    let outcome = try BuiltProgram("charthero").run(
      [
        "convert", path.path, "-o", folder("out").path, "--report", folder("report.json").path,
      ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let chartFolder = try ChartFolder(
      path: outcome.output.trimmingCharacters(in: .whitespacesAndNewlines))
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: folder("report.json")))
        as? [String: Any])
    let leadIn = try #require(report["leadIn"] as? Double)
    let length = try AudioFile.decode(path: chartFolder.path + "/song.ogg").buffer.duration
    let chart = chartFolder.chart
    let errors = beatErrors(song, chart, leadIn)
    let notes = noteErrors(song, chart, leadIn)
    return Result(
      name: song.name, issues: chartFolder.issues(audioDuration: length),
      warnings: report["warnings"] as? [String] ?? [],
      beatErrors: (errors[errors.count / 2], errors[errors.count * 95 / 100]),
      bias: notes.bias, recall: notes.recall, precision: notes.precision,
      outside: ranges.outside(chart), humanOutside: ranges.outside(song.chart))
  }

  /// Distances of the true beats from the chart's beat lines, ascending.
  private func beatErrors(_ song: RenderedSong, _ chart: Chart, _ leadIn: Double) -> [Double] {
    let map = chart.tempoMap
    let end = Tick(Int(map.tick(at: song.performance.seconds + leadIn + 2)))
    let bars = map.barLines(through: end)
    var lines: [Double] = []
    for (bar, next) in zip(bars, bars.dropFirst()) {
      let signature = map.signature(at: bar)
      let isCompound = signature.unit == 8 && signature.beats % 3 == 0 && signature.beats > 3
      let beat = map.resolution * (isCompound ? 3 : 2) / 2
      for tick in stride(from: bar.value, to: next.value, by: beat) {
        lines.append(map.seconds(at: Tick(tick)) - leadIn)
      }
    }
    return song.beats.map { beat in lines.map { abs($0 - beat.time) }.min() ?? .infinity }.sorted()
  }

  private func noteErrors(
    _ song: RenderedSong, _ chart: Chart, _ leadIn: Double
  ) -> (bias: Double, recall: Double, precision: Double) {
    let grid = song.performance.grid
    var truth: [Int: [Double]] = [:]
    for hit in song.performance.hits {
      guard let drum = hit.articulation.drum else { continue }
      truth[family(drum.name), default: []].append(grid.time(at: hit.beat))
    }
    var found: [Int: [Double]] = [:]
    for note in chart.tracks[.expert]?.notes ?? [] {
      let lane = ChartFacts.Lane(note)
      let kind = lane == .kick ? 0 : lane == .red ? 1 : note.isCymbal ? 3 : 2
      found[kind, default: []].append(chart.tempoMap.seconds(at: note.tick) - leadIn)
    }
    var (matched, strokes, notes, sum) = (0, 0, 0, 0.0)
    for kind in 0..<4 {
      let (a, b) = ((truth[kind] ?? []).sorted(), (found[kind] ?? []).sorted())
      strokes += a.count
      notes += b.count
      var j = 0
      for time in a {
        while j < b.count, b[j] < time - 0.03 { j += 1 }
        guard j < b.count, b[j] <= time + 0.03 else { continue }
        matched += 1
        sum += b[j] - time
        j += 1
      }
    }
    return (
      sum / Double(max(1, matched)), Double(matched) / Double(max(1, strokes)),
      Double(matched) / Double(max(1, notes))
    )
  }

  /// Kick, snare, toms, cymbals.
  private func family(_ drum: String) -> Int {
    drum == "kick" ? 0 : drum == "snare" ? 1 : drum.hasPrefix("tom") ? 2 : 3
  }
}

/// The 5th to 95th percentile of human Expert charts, and what the format notes say of the tiers.
private struct HumanRanges {
  private var ranges: [String: ClosedRange<Double>] = [:]

  init() throws {
    let folder = RenderedSong.folder!
    var values: [String: [Double]] = [:]
    for name in TemporaryFolder.names(in: folder) where name.hasSuffix(".mid") {
      let bytes = try [UInt8](Data(contentsOf: folder.appending(path: name)))
      for (key, value) in Self.figures(try ChartMIDI.read(bytes)) {
        values[key, default: []].append(value)
      }
    }
    for (key, all) in values {
      let sorted = all.sorted()
      ranges[key] = sorted[sorted.count * 5 / 100]...sorted[(sorted.count - 1) * 95 / 100]
    }
  }

  private static func figures(_ chart: Chart) -> [String: Double] {
    guard let tier = ChartFacts(chart).tiers[.expert] else { return [:] }
    var figures = ["notes/s": tier.notesPerSecond]
    figures["chords"] = Double(tier.chords) / Double(max(1, tier.groups))
    for lane in ChartFacts.Lane.allCases { figures[lane.name] = tier.share(lane) }
    return figures
  }

  var figures: [String] { ranges.keys.sorted() }

  /// The figures of a chart that lie outside, rounded.
  func outside(_ chart: Chart) -> [String: Double] {
    Self.figures(chart).filter { key, value in !(ranges[key]?.contains(value) ?? true) }
      .mapValues { ($0 * 100).rounded() / 100 }
  }
}
