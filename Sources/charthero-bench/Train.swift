import ArgumentParser
import Benchmarks
import DrumNet
import Foundation
import TensorCore

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Steps of training, against PyTorch on the same weights, windows and threads.",
    discussion: """
      A step is forward, backward, clipping of the gradients and AdamW, without dropout, on windows \
      of noise. PyTorch's side computes the same network eagerly, with its fused AdamW. The first \
      losses are compared. With --growth, curves of the time over the window's length and the width \
      are measured instead.
      """)

  @Option(name: .customLong("network"), help: "Networks to train, by name.")
  var networks = ["hybrid-medium", "ast-small"]

  @Option(help: "Windows in a batch.")
  var batch = 8

  @Option(help: "Seconds of a window.")
  var seconds = 10.0

  @Option(help: "Precisions of the products: float32, bfloat16.")
  var precision = [TrainingPrecision.float32, .bfloat16]

  @Flag(help: "Also with the blocks computed again in the backward pass, which saves memory.")
  var recompute = false

  @Option(help: "Also train in: torch.")
  var compare: Mel.Engine?

  @Flag(help: "Measure how the time grows with the window and with the width.")
  var growth = false

  @OptionGroup var engines: EngineOptions
  @OptionGroup var charts: ChartOptions
  @OptionGroup var options: BenchOptions

  func validate() throws {
    for name in networks where NetworkSettings.preset(named: name) == nil {
      let names = NetworkSettings.presets.map(\.name).joined(separator: ", ")
      throw ValidationError("there is no network \(name); there are \(names)")
    }
    guard batch > 0, seconds > 0 else {
      throw ValidationError("--batch and --seconds are above 0")
    }
  }

  func run() throws {
    var report = options.begin("train")
    let precisions = precision.filter { $0 == .float32 || BFloat16.isAvailable }
    if precisions.count < precision.count {
      report.notes.append("bfloat16 needs AVX-512 BF16 and oneDNN, which are not here.")
    }
    if growth {
      try TrainingGrowth(options: options, precisions: precisions)
        .measure(into: &report, charts: charts)
    } else {
      let engine = try compare.map { _ in try engines.start("train_torch") }
      if let engine { report.facts.append(("other engine", engine.name)) }
      for name in networks {
        try measure(name, precisions, engine, &report)
      }
    }
    try options.end(report)
  }

  private func measure(
    _ name: String, _ precisions: [TrainingPrecision], _ engine: EngineProcess?,
    _ report: inout Report
  ) throws {
    guard let settings = NetworkSettings.preset(named: name) else { return }
    BenchOptions.say("training \(name)")
    let step = try TrainingStep(name: name, settings, windows: batch, seconds: seconds)
    let ways = precisions.flatMap { precision in
      (recompute ? [false, true] : [false]).map { (precision, $0) }
    }
    var firstLosses: [Double] = []
    var contenders: [Contender] = []
    if let engine {
      contenders += try others(step, precisions, engine) { firstLosses.append($0) }
    }
    // After the weights were written for the other engine, so that both begin alike.
    let firstLoss = Double(step.run())
    contenders += ways.map { precision, recomputes in
      Contender("Chart Hero \(precision.rawValue)" + (recomputes ? ", recomputing" : "")) {
        precision.use()
        step.run(recomputing: recomputes)
        TrainingPrecision.float32.use()
      }
    }
    let results = try Race.run(contenders, rounds: options.rounds)
    let order = Array(contenders.indices)
    let reference = order.first { contenders[$0].name == "PyTorch float32" } ?? 0
    var table = Report.Table(
      ofCosts: "A step of \(name), \(step.network.parameters.count) weights, \(batch) windows of "
        + "\(step.frames) frames, \(Parallel.threads) threads",
      columns: ["engine"])
    for index in order {
      table.add([.text(contenders[index].name)], results[index], to: results[reference])
    }
    report.tables.append(table)
    report.tables.append(shares(step, ways))
    if !firstLosses.isEmpty {
      let losses = ([firstLoss] + firstLosses).map { String(format: "%.6f", $0) }
      report.notes.append(
        "\(name): first losses \(losses.joined(separator: ", ")) (ours in float32, then "
          + "PyTorch's).")
    }
  }

  /// PyTorch with the network's weights in each precision; `heard` is told the first loss.
  private func others(
    _ step: TrainingStep, _ precisions: [TrainingPrecision], _ engine: EngineProcess,
    heard: (Double) -> Void
  ) throws -> [Contender] {
    let scratch = try Scratch()
    try step.write(to: scratch.path("model"))
    let features = try scratch.write(step.features, as: "features")
    let targets = try scratch.write(step.targets, as: "targets")
    return try precisions.map { precision in
      let key = "\(step.name) \(precision.rawValue)"
      _ = try engine.order([
        "order": "load", "as": key, "model": scratch.path("model"), "features": features,
        "targets": targets, "windows": step.windows, "frames": step.frames,
        "precision": precision.rawValue, "rate": TrainingStep.rate,
      ])
      heard(try engine.run(key).answer["loss"] as? Double ?? .nan)
      return Contender.other("PyTorch \(precision.rawValue)") { try engine.run(key).cost }
    }
  }

  /// Where the time of our steps goes, and the memory that they take.
  private func shares(_ step: TrainingStep, _ ways: [(TrainingPrecision, Bool)]) -> Report.Table {
    var table = Report.Table(
      "Products of \(step.name)",
      columns: [
        "step", "share of time %", "G/s a thread", "ceiling G/s", "of the ceiling %",
        "tensors at most MB",
      ])
    let ceilings = Ceiling.ofOneThread(rounds: options.rounds)
    for (precision, recomputes) in ways {
      precision.use()
      var products = ProductClock.Reading()
      var cost = Cost(wall: 0, cpu: 0)
      let memory = TensorMemory.peak {
        cost = Cost.of { products = ProductClock.measure { step.run(recomputing: recomputes) } }
      }
      TrainingPrecision.float32.use()
      let rate = products.operations / products.seconds / 1e9
      let ceiling = ceilings[precision.products] ?? .nan
      table.add([
        .text(precision.rawValue + (recomputes ? ", recomputing" : "")),
        .number(products.seconds / cost.cpu * 100, decimals: 0), .number(rate, decimals: 0),
        .number(ceiling, decimals: 0), .number(rate / ceiling * 100, decimals: 0),
        .number(Double(memory) / 1e6, decimals: 0),
      ])
    }
    return table
  }
}

/// What the products of a training step are computed in.
enum TrainingPrecision: String, CaseIterable, ExpressibleByArgument {
  case float32, bfloat16

  func use() { BFloat16.isUsed = self == .bfloat16 }

  var products: Precision { self == .float32 ? .float32 : .bfloat16 }
}
