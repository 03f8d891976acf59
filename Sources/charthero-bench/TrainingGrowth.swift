import Benchmarks
import DrumNet
import TensorCore

/// How the time of a training step grows.
struct TrainingGrowth {
  let options: BenchOptions
  let precisions: [TrainingPrecision]

  private static let seconds = [5.0, 10, 20, 40]
  private static let widths = [128, 192, 256, 384, 512]
  /// Windows in a batch: two threads have one each.
  private static let batch = 2

  func measure(into report: inout Report, charts: ChartOptions) throws {
    let windows = try ["hybrid-medium", "ast-small"].flatMap { name in
      try Self.seconds.map { seconds in
        try point(name, at: seconds, NetworkSettings.preset(named: name), seconds: seconds)
      }
    }
    let widths = try Self.widths.map { width in
      var settings = HybridSettings.medium
      settings.width = width
      return try point("hybrid-medium", at: Double(width), .hybrid(settings), seconds: 10)
    }
    try add(
      windows, "Time of a step over the window's length", x: "seconds", as: "train-window",
      &report, charts)
    try add(widths, "Time of a step over the width", x: "width", as: "train-width", &report, charts)
  }

  private struct Point {
    let network: String
    let x: Double
    /// In the order of the precisions.
    let results: [Race.Result]
  }

  private func point(
    _ name: String, at x: Double, _ settings: NetworkSettings?, seconds: Double
  ) throws -> Point {
    guard let settings else { throw BenchmarkError(name, "is no network") }
    BenchOptions.say("training \(name) at \(x)")
    let step = try TrainingStep(name: name, settings, windows: Self.batch, seconds: seconds)
    let contenders = precisions.map { precision in
      Contender(precision.rawValue) {
        precision.use()
        step.run()
        TrainingPrecision.float32.use()
      }
    }
    let results = try Race.run(contenders, rounds: options.rounds)
    return Point(network: name, x: x, results: results)
  }

  private func add(
    _ points: [Point], _ title: String, x: String, as name: String, _ report: inout Report,
    _ charts: ChartOptions
  ) throws {
    var table = Report.Table(
      "\(title), \(Self.batch) windows, \(Parallel.threads) threads",
      columns: ["network", x]
        + precisions.flatMap { ["\($0.rawValue) ms", "\($0.rawValue) CPU ms"] })
    for point in points {
      table.add(
        [.text(point.network), .number(point.x, decimals: 0)]
          + point.results.flatMap { result -> [Report.Cell] in
            [result.wall, result.cpu].map { .number($0.median * 1e3, decimals: 0) }
          })
    }
    report.tables.append(table)
    var names: [String] = []
    for point in points where !names.contains(point.network) { names.append(point.network) }
    let series = names.flatMap { network in
      precisions.indices.map { index in
        LineChart.Series(
          "\(network) \(precisions[index].rawValue)",
          points.filter { $0.network == network }
            .map { (x: $0.x, y: $0.results[index].cpu.median) })
      }
    }
    try charts.write(
      LineChart(
        title, x: x, y: "seconds of processor a step", isLogarithmic: true, series), as: name)
  }
}
