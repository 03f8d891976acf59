import ArgumentParser
import Benchmarks
import Foundation
import Spectral
import TensorCore

struct Mel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The log-mel front end, against torchaudio's on the same audio and threads.")

  /// Who is compared with.
  enum Engine: String, CaseIterable, ExpressibleByArgument { case torch }

  @Option(help: "Also run the front end of: torch (torchaudio, or torch.stft without it).")
  var compare: Engine?

  @Option(help: "Seconds of audio.")
  var seconds = 60.0

  @OptionGroup var engines: EngineOptions
  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard seconds > 0, seconds <= 3_600 else {
      throw ValidationError("--seconds is above 0 and at most 3600")
    }
  }

  func run() throws {
    var report = options.begin("mel")
    let settings = MelSettings()
    let samples = ProductShape.values(
      Int(seconds * Double(settings.sampleRate)), deviation: 0.1)
    let mel = LogMel(settings: settings)
    var heard: [Float] = []
    var contenders = [
      Contender("Chart Hero") { heard = mel.spectrogram(of: samples).values }
    ]
    var other: EngineProcess?
    let scratch = try Scratch()
    if compare == .torch {
      let engine = try engines.start("mel_torch")
      let bands = MelFilterbank(settings: settings).bands
      let bins = settings.windowLength / 2 + 1
      // filters (bins, bands)
      var filters = [Float](repeating: 0, count: bins * bands.count)
      for (index, band) in bands.enumerated() {
        for (offset, weight) in band.weights.enumerated() {
          filters[(band.firstBin + offset) * bands.count + index] = weight
        }
      }
      let answer = try engine.order([
        "order": "load", "as": "mel", "samples": try scratch.write(samples, as: "samples"),
        "filters": try scratch.write(filters, as: "filters"),
        "result": scratch.path("result"), "rate": settings.sampleRate,
        "window": settings.windowLength, "hop": settings.hopLength, "bins": settings.bins,
        "low": settings.minimumFrequency, "high": settings.maximumFrequency,
        "compression": settings.compression,
      ])
      contenders.append(
        .other(answer["front"] as? String ?? engine.name) { try engine.run("mel").cost })
      other = engine
    }
    let results = try Race.run(contenders, rounds: options.rounds)
    var table = Report.Table(
      ofCosts: "Mel spectrogram of \(Int(seconds)) s, \(Parallel.threads) threads",
      columns: ["front end"])
    for (contender, result) in zip(contenders, results) {
      table.add([.text(contender.name)], result, to: results[0])
    }
    report.tables.append(table)
    if let other {
      let theirs = try Scratch.floats(scratch.path("result"))
      let differences = zip(heard, theirs).map { abs($0 - $1) }
      report.notes.append(
        "Against \(other.name): the values differ by "
          + String(format: "%.1e", differences.max() ?? 0) + " at most.")
    }
    try options.end(report)
  }
}
