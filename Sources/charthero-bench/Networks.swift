import ArgumentParser
import Benchmarks
import DrumNet
import Foundation
import ONNX
import Spectral
import TensorCore

struct Networks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "What networks take to hear ten seconds, against other engines with the same weights.",
    discussion: """
      A network is a model file, or one by name with random weights. Windows are noise, of ten \
      seconds or as many whole tokens as reach beyond. PyTorch computes the network eagerly; ONNX \
      Runtime our exported file, that file after its own dynamic quantisation, and our QDQ export \
      with steps for these windows.
      """)

  /// Who is compared with.
  enum Engine: String, CaseIterable, ExpressibleByArgument { case torch, onnxruntime }

  @Option(name: .customLong("network"), help: "Model files, or networks by name.")
  var networks = ["models/hybrid-small.safetensors", "ast-small", "ast-base", "cnn-baseline"]

  @Option(help: "Windows that are heard together; several may be given.")
  var batch = [1]

  @Option(help: "Precisions: float32, bfloat16, int8.")
  var precision = Precision.allCases

  @Option(help: "Also run: torch, onnxruntime; both may be given.")
  var compare: [Engine] = []

  @Flag(help: "Measure how the time grows with window, batch and threads instead.")
  var growth = false

  @OptionGroup var engines: EngineOptions
  @OptionGroup var charts: ChartOptions
  @OptionGroup var options: BenchOptions

  private static let seconds = 10.0

  func validate() throws {
    guard batch.allSatisfy({ $0 > 0 }) else { throw ValidationError("--batch is above 0") }
  }

  func run() throws {
    var report = options.begin("networks")
    if growth {
      try NetworkGrowth(options: options, networks: networks, precisions: precision)
        .measure(into: &report, charts: charts)
      return try options.end(report)
    }
    var others: [OtherEngine] = []
    for engine in compare {
      let process = try engines.start(engine == .torch ? "network_torch" : "network_onnx")
      report.facts.append(("other engine", process.name))
      others.append(OtherEngine(kind: engine, process: process))
    }
    for name in networks {
      for windows in batch {
        BenchOptions.say("\(name), \(windows) windows")
        try measure(name, windows, others, &report)
      }
    }
    try options.end(report)
  }

  private struct OtherEngine {
    let kind: Engine
    let process: EngineProcess
  }

  /// One way in which another engine computes a network.
  private struct Way {
    let name: String
    /// That of ours which it is compared with.
    let precision: Precision
    /// The file that it reads.
    let model: String
    /// What it is asked to make of that.
    let order: Precision

    init(_ name: String, _ precision: Precision, _ model: String, order: Precision? = nil) {
      (self.name, self.precision, self.model) = (name, precision, model)
      self.order = order ?? precision
    }
  }

  private static func ways(
    of engine: Engine, _ path: String, _ features: [[Float]], frames: Int, _ scratch: Scratch
  ) throws -> [Way] {
    guard engine == .onnxruntime else {
      return [Way("float32", .float32, path), Way("bfloat16", .bfloat16, path)]
    }
    let (network, settings) = try ModelFile.read(path)
    let (plain, stepped) = (scratch.path("model.onnx"), scratch.path("model.int8.onnx"))
    try ONNXModel(network, settings: settings).write(to: plain)
    let model = DrumModel(network: network, settings: settings)
    let ranges = network.parameters.inputRanges {
      _ = model.activations(windows: features, frames: frames)
    }
    try ONNXModel(network, settings: settings, inputRanges: ranges).write(to: stepped)
    return [
      Way("float32", .float32, plain), Way("int8, its own, dynamic", .int8, plain),
      Way("int8, our QDQ export", .int8, stepped, order: .float32),
    ]
  }

  private func measure(
    _ name: String, _ windows: Int, _ others: [OtherEngine], _ report: inout Report
  ) throws {
    let scratch = try Scratch()
    let path = try Self.file(name, scratch)
    let (network, settings) = try ModelFile.read(path)
    let multiple = network.frameMultiple
    let whole = Int((Self.seconds * settings.mel.framesPerSecond).rounded())
    let frames = (whole + multiple - 1) / multiple * multiple
    let one = frames * network.bins
    let values = ProductShape.values(windows * one)
    let features = (0..<windows).map { Array(values[$0 * one..<($0 + 1) * one]) }
    // Probabilities of one window, by contender.
    var heard: [[Float]] = []
    var contenders: [Contender] = []
    // What each contender is compared with: ours of the same precision, or the first.
    var references: [Int] = []
    for precision in precision {
      let model = try DrumModel(contentsOf: path, precision: precision)
      heard.append(model.activations(windows: features, frames: frames)[0])
      references.append(0)
      contenders.append(
        Contender("Chart Hero \(precision.rawValue)") {
          _ = model.activations(windows: features, frames: frames)
        })
    }
    let input = try scratch.write(values, as: "features")
    for other in others {
      for way in try Self.ways(of: other.kind, path, features, frames: frames, scratch) {
        let result = scratch.path("result")
        _ = try other.process.order([
          "order": "load", "as": way.name, "model": way.model, "features": input,
          "result": result, "precision": way.order.rawValue, "windows": windows,
          "frames": frames, "bins": network.bins,
        ])
        heard.append(Array(try Scratch.floats(result).prefix(heard.first?.count ?? 0)))
        references.append(precision.firstIndex(of: way.precision) ?? 0)
        contenders.append(
          .other("\(other.process.name) \(way.name)") {
            try other.process.run(way.name).cost
          })
      }
    }
    let results = try Race.run(contenders, rounds: options.rounds, warmUp: 2)
    var table = Report.Table(
      ofCosts: "\(settings.name), \(network.parameters.count) weights, \(windows) windows of "
        + "\(frames) frames, \(Parallel.threads) threads; others over ours of their precision",
      columns: ["engine", "ms a window", "mean difference"])
    for (index, result) in results.enumerated() {
      let differences = zip(heard[index], heard[0]).map { abs(Double($0 - $1)) }
      table.add(
        [
          .text(contenders[index].name),
          .number(result.wall.median * 1e3 / Double(windows), decimals: 1),
          .number(differences.reduce(0, +) / Double(max(1, differences.count)), decimals: 5),
        ], result, to: results[references[index]])
    }
    report.tables.append(table)
    report.tables.append(try shares(path, features, frames))
  }

  /// What our side does: how much of the time goes into products and at what rate, and how long it
  /// takes from the file to the first window.
  private func shares(_ path: String, _ features: [[Float]], _ frames: Int) throws
    -> Report.Table
  {
    var table = Report.Table(
      "Its products and its start",
      columns: [
        "precision", "products % of time", "G/s a thread", "ceiling G/s", "of the ceiling %",
        "load ms", "first window ms",
      ])
    let ceilings = Ceiling.ofOneThread(rounds: options.rounds)
    for precision in precision {
      var loaded: DrumModel?
      let load = try Cost.of { loaded = try DrumModel(contentsOf: path, precision: precision) }
      guard let model = loaded else { continue }
      let first = Cost.of { _ = model.activations(windows: features, frames: frames) }
      var products = ProductClock.Reading()
      let cost = Cost.of {
        products = ProductClock.measure {
          for _ in 0..<options.rounds { _ = model.activations(windows: features, frames: frames) }
        }
      }
      let rate = products.operations / products.seconds / 1e9
      let ceiling = ceilings[precision] ?? .nan
      table.add([
        .text(precision.rawValue), .number(products.seconds / cost.cpu * 100, decimals: 0),
        .number(rate, decimals: 0), .number(ceiling, decimals: 0),
        .number(rate / ceiling * 100, decimals: 0), .number(load.wall * 1e3, decimals: 0),
        .number(first.wall * 1e3, decimals: 0),
      ])
    }
    return table
  }

  /// A model file, or a network of random weights, in a precision.
  static func model(_ name: String, _ precision: Precision) throws -> DrumModel {
    let scratch = try Scratch()
    return try DrumModel(contentsOf: try file(name, scratch), precision: precision)
  }

  /// A model file: the one that is named, or one of random weights.
  private static func file(_ name: String, _ scratch: Scratch) throws -> String {
    guard let settings = NetworkSettings.preset(named: name) else {
      guard FileManager.default.fileExists(atPath: name) else {
        let names = NetworkSettings.presets.map(\.name).joined(separator: ", ")
        throw BenchmarkError(name, "is neither a file nor a network; there are \(names)")
      }
      return name
    }
    let network = settings.makeNetwork(bins: MelSettings().bins, seed: 1)
    let path = scratch.path("model")
    try ModelFile.write(network, settings: ModelSettings(name: name, network: settings), to: path)
    return path
  }
}

extension Precision: ExpressibleByArgument {}
