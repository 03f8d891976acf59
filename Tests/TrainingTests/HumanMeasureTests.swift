import ChartFormat
import DrumNet
import Foundation
import TensorCore
import TestSupport
import Testing
import Transcription

@testable import Training

@Suite("Measuring against a human chart, and learning from it")
struct HumanMeasureTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Two minutes of rock at 120 BPM: backbeat, eighths on the hats, a crash every eighth bar.
  private func song(bars: Int = 60) throws -> ChartSong {
    var strokes: [(tick: Int, drum: DrumClass)] = []
    for bar in 1...bars {
      for eighth in 0..<8 {
        let tick = bar * 1_920 + eighth * 240
        let isCrash = eighth == 0 && bar % 8 == 1
        strokes.append((tick, isCrash ? .crash : .hihat))
        if [0, 4, 5].contains(eighth) { strokes.append((tick, .kick)) }
        if [2, 6].contains(eighth) { strokes.append((tick, .snare)) }
      }
    }
    let fake = FakeSong(strokes: strokes, seconds: Double(bars + 2) * 2)
    let path = folder.url.appending(path: "rock.mid")
    try Data(ChartMIDI.write(fake.chart)).write(to: path)
    return try ChartSong(path: path.path)
  }

  private func silence(_ song: ChartSong) -> Activations {
    let frames = Int(song.duration * 100)
    return Activations(
      frames: frames, framesPerSecond: 100,
      values: [Float](repeating: 0, count: frames * OutputLayout.count))
  }

  @Test("Plain rock with a perfect ear's jitter comes out as the human wrote it")
  func plainRock() throws {
    let measure = ChartMeasure(trueOnsetsOf: try song(), jitter: 0.006, seed: 1)
    #expect(measure.heardShare == 1)
    #expect(measure.onHumanTick > 0.995)
    #expect(measure.within15 > 0.98)
    #expect(measure.samePlace > 0.99)
    #expect(measure.beatF70 > 0.99)
    #expect(measure.beatF20 > 0.99)
    #expect(measure.isPhaseRight)
    #expect(measure.humanMarkersPerMinute < 1)
    #expect((measure.tempoRatios["1"] ?? 0) > 0.98)
  }

  @Test("A measure with another network uses that network")
  func otherNetwork() throws {
    // It hears beats everywhere.
    let eager = BeatNetwork(BeatSettings(), parameters: Parameters(random: Random(seed: 0)))
    let head = try #require(eager.parameters.all.last { $0.name.contains("head") })
    head.tensor.write([Float](repeating: 40, count: head.tensor.count), at: 0)
    let song = try song()
    let shipped = ChartMeasure(trueOnsetsOf: song, jitter: 0.006, seed: 1)
    let other = ChartMeasure(trueOnsetsOf: song, jitter: 0.006, seed: 1, network: eager)
    #expect(shipped.isPhaseRight)
    #expect(other.downbeatF < shipped.downbeatF - 0.1)
  }

  @Test("Parts of the charts to learn from share none and leave none out")
  func parts() throws {
    var names: [String] = []
    let path = try song().path
    for n in 0..<20 {
      names.append("song\(n < 10 ? "0" : "")\(n)")
      try FileManager.default.copyItem(
        atPath: path, toPath: folder.url.appending(path: names[n] + ".mid").path)
    }
    let rows = names.indices.map { "\(names[$0]).mid,\($0 == 3 ? "validation" : "train")" }
    try Data((["file,split"] + rows).joined(separator: "\n").utf8)
      .write(to: folder.url.appending(path: "index.csv"))
    func load(_ choice: ChartSong.Choice) throws -> [String] {
      try ChartSong.load(folder: folder.url.path, choice).map(\.name)
    }
    #expect(try load(.measured) == ["song00", "song08", "song16"])
    let learned = try load(.learned)
    #expect(learned == names.filter { !["song00", "song03", "song08", "song16"].contains($0) })
    var together: [String] = []
    for text in ["0/3", "1/3", "2/3"] {
      let part = try #require(ChartSong.Part(text))
      let held = try load(.part(part))
      #expect(held.count >= 5)
      #expect(try load(.without(part)) == learned.filter { !held.contains($0) })
      together += held
    }
    #expect(together.sorted() == learned)
    for text in ["", "1", "3/3", "-1/3", "0/1", "1/2/3", "a/b", "/3"] {
      #expect(ChartSong.Part(text) == nil)
    }
  }

  @Test("An ear that is 30 ms late keeps the beats at 70 ms and loses them at 20 ms")
  func lateEar() throws {
    let song = try song()
    let late = song.onsets(jitter: 0, seed: 1).map { $0.onset.delayed(by: 0.03) }
    let measure = ChartMeasure(song, activations: silence(song), onsets: late)
    #expect(measure.beatF70 > 0.99)
    #expect(measure.beatF20 < 0.05)
    #expect(abs(measure.beatError - 0.03) < 0.003)
    #expect(measure.within15 < 0.05)
    #expect(measure.samePlace > 0.99)
  }

  @Test("What was not heard counts as not heard, and the rest is measured")
  func deafEar() throws {
    let song = try song()
    let heard = song.onsets(jitter: 0, seed: 1).map(\.onset).filter { $0.drum != .hihat }
    let measure = ChartMeasure(song, activations: silence(song), onsets: heard)
    let hats = Double(song.notes.count { $0.drum == .hihat }) / Double(song.notes.count)
    #expect(abs(measure.heardShare - (1 - hats)) < 1e-9)
    #expect(measure.onHumanTick > 0.995)
  }

  @Test("A table has the mean of its songs, and those in 4/4 apart")
  func table() throws {
    let song = try song()
    let good = ChartMeasure(trueOnsetsOf: song, jitter: 0.006, seed: 1)
    var odd = good
    odd.commonShare = 0.5
    odd.beatF70 = 0
    let table = ChartMeasureTable(title: "two songs", songs: [good, odd])
    #expect(abs(table.all.beatF70 - good.beatF70 / 2) < 1e-9)
    #expect(table.common.songs == 1)
    #expect(table.common.beatF70 == good.beatF70)
    #expect(table.text(perSong: true).split(separator: "\n").count == 6)
  }

  @Test("An epoch of learning moves the weights, finds plain rock and can be written as source")
  func learning() throws {
    var trainer = RhythmTrainer([try song(), try song(bars: 40)], seed: 3)
    let counted = trainer.average.flat
    var progress = trainer.runEpoch(0, averaging: true)
    for epoch in 1..<6 { progress = trainer.runEpoch(epoch, averaging: true) }
    #expect(progress.beats > 0.8)
    #expect(trainer.average.flat.count == counted.count)
    #expect(trainer.average.sourceFile.hasPrefix("/// ``RhythmWeights/fit`` as text."))
    // What the source file says is what was learned, to the steps of its table.
    let tables = trainer.average.tables()
    let read = RhythmWeights(fit: tables.fit, rest: tables.rest)
    for (a, b) in zip(read.fit, trainer.average.fit) where abs(b) < 5 {
      #expect(abs(a - b) <= 0.0626)
    }
    #expect(abs(read.nudge - trainer.average.nudge) < 1e-3)
  }
}
