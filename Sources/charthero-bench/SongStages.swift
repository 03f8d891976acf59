import Audio
import Benchmarks
import ChartFormat
import DrumNet
import Foundation
import Spectral
import TensorCore
import Transcription

/// What each stage of a conversion takes on its own, one after the other.
struct SongStages {
  let file: String
  let model: String
  let rounds: Int
  let scratch: Scratch

  func measure() throws -> Report.Table {
    let model = try DrumModel(contentsOf: model)
    var stages: [(name: String, costs: [Cost])] = []
    var seconds = 0.0
    for round in 0...rounds {
      let (costs, duration) = try once(model)
      seconds = duration
      // The first round warms up.
      if round == 1 { stages = costs.map { ($0.name, [$0.cost]) } }
      if round > 1 { for index in stages.indices { stages[index].costs.append(costs[index].cost) } }
    }
    let medians = stages.map { stage in
      Cost(
        wall: Timings(stage.costs.map(\.wall)).median, cpu: Timings(stage.costs.map(\.cpu)).median)
    }
    let all = medians.map(\.cpu).reduce(0, +)
    var table = Report.Table(
      "Stages of a song of \(Int(seconds.rounded())) s, one after the other, "
        + "\(Parallel.threads) threads",
      columns: ["stage", "median ms", "CPU ms", "share of CPU %", "times real time"])
    func add(_ name: String, _ cost: Cost) {
      table.add([
        .text(name), .number(cost.wall * 1e3, decimals: 0), .number(cost.cpu * 1e3, decimals: 0),
        .number(cost.cpu / all * 100, decimals: 0), .number(seconds / cost.wall, decimals: 0),
      ])
    }
    for (stage, median) in zip(stages, medians) { add(stage.name, median) }
    add("all", Cost(wall: medians.map(\.wall).reduce(0, +), cpu: all))
    return table
  }

  private func once(_ model: DrumModel) throws -> (
    costs: [(name: String, cost: Cost)], seconds: Double
  ) {
    var costs: [(String, Cost)] = []
    func stage<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
      var result: Result?
      costs.append((name, try Cost.of { result = try body() }))
      return result!
    }
    let handle = try FileHandle(forReadingFrom: URL(filePath: file))
    let song = try stage("reading through: tags, length, peak") {
      try SongSurvey(descriptor: handle.fileDescriptor, name: file)
    }
    var blocks: [AudioBuffer] = []
    try stage("decoding") {
      try song.read { (block) throws(AudioError) in
        blocks.append(block)
        return true
      }
    }
    let mel = model.settings.mel
    let mono = try stage("mixing down, resampling") {
      try Resampler.resample(
        blocks.flatMap { $0.downmixed() }, from: song.sampleRate, to: mel.sampleRate)
    }
    let spectrogram = stage("mel spectrogram") { LogMel(settings: mel).spectrogram(of: mono) }
    let activations = try stage("network") {
      try Windows.activations(of: spectrogram, model: model)
    }
    let heard = stage("onsets, beats, notes") {
      Transcriber.transcription(
        of: activations, duration: song.duration, calibration: model.settings.calibration,
        minimumConfidence: 0, metadata: SongMetadata(title: "Song", artist: "Artist"))
    }
    try stage("encoding to Ogg Vorbis") {
      let writer = try OggWriter(
        song, peak: song.peak, to: scratch.path("song.ogg"), quality: OggWriter.defaultQuality,
        isWanted: { true })
      _ = try writer.finish(leadIn: heard.leadIn)
    }
    try FileManager.default.removeItem(atPath: scratch.path("song.ogg"))
    return (costs, song.duration)
  }
}
