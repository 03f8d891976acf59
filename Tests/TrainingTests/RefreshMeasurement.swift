import ChartFormat
import DrumNet
import Foundation
import TestSupport
import Testing
import Transcription

@testable import Training

/// The shipped model taught from ten songs on a kit that it never heard. Takes about half an hour
/// on two cores, hence only on request:
///
///     CHARTHERO_MEASURE=1 swift test -c release --filter RefreshMeasurement
@Suite(
  "Ten corrected songs of an unheard kit",
  .enabled(if: ProcessInfo.processInfo.environment["CHARTHERO_MEASURE"] != nil))
struct RefreshMeasurement {
  private static let soundfont = "/usr/share/sounds/sf2/FluidR3_GM.sf2"

  @Test("F on the kit rises, F elsewhere falls by 0.005 at most")
  func measure() throws {
    let data = try #require(Repository.dataPack("kits")).deletingLastPathComponent().path
    let folder = try TemporaryFolder()
    try Self.writeSongs(data: data, to: folder)
    let settings = Repository.file("models/hybrid-small.toml").path
    let model = folder("model.safetensors").path
    try FileManager.default.copyItem(
      atPath: Repository.file("models/hybrid-small.safetensors").path, toPath: model)
    let steps = ProcessInfo.processInfo.environment["CHARTHERO_MEASURE_STEPS"] ?? "400"
    let outcome = try BuiltProgram("charthero-train").run(
      [
        "refresh", "--charts", folder("charts").path, "--model", model, "--config", settings,
        "--work", folder("work").path, "--steps", steps,
        "--kits", data + "/kits", "--performances", data + "/groove", data + "/rockband-charts",
        "--accompaniment", data + "/gm-songs", "--rooms", data + "/impulse-responses",
      ], limit: 7_200)
    print(outcome.errors.suffix(3_000), outcome.output)
    #expect(outcome.status == 0)
    #expect(outcome.output.hasSuffix("better\n") && !outcome.output.contains("not better"))
  }

  /// Groove validation performances on the held-out kit over held-out songs, as chart folders whose
  /// grid is a millisecond.
  private static func writeSongs(data: String, to folder: TemporaryFolder) throws {
    let kit = VirtualKit(recorded: try KitFolder.load(path: data + "/kits/opensource"))
    let library = try AccompanimentLibrary.heldOut(
      folders: [data + "/gm-songs"], soundfonts: [soundfont], count: 6)
    let performances = try GrooveCorpus.load(folder: data + "/groove", split: .validation)
      .filter { $0.seconds > 40 }
    var number = 0
    for (index, performance) in performances.enumerated() where number < 10 {
      var example: TrainingExample?
      for entry in library.entries.indices where example == nil {
        example = try SongRenderer.render(
          performance, kit: kit, over: library, entry: (index + entry) % library.entries.count,
          decibels: 0, seed: UInt64(index))
      }
      guard let example, example.audio.count > 30 * 44_100 else { continue }
      let song = try folder.folder("charts/\(number)")
      try FakeSong.write(example.audio, to: song.appending(path: "song.wav"))
      // At 120 beats a minute a tick is 1.04 ms.
      let fake = FakeSong(
        strokes: example.onsets.map { (Int(($0.time * 960).rounded()), $0.drum) },
        seconds: Double(example.audio.count) / 44_100)
      try Data(ChartText.write(fake.chart).utf8).write(to: song.appending(path: "notes.chart"))
      number += 1
    }
    #expect(number == 10)
  }
}
