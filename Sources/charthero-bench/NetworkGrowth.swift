import Benchmarks
import DrumNet
import Spectral
import TensorCore

/// How the time that a network takes to hear grows with the window, the batch and the threads.
struct NetworkGrowth {
  let options: BenchOptions
  let networks: [String]
  let precisions: [Precision]

  private static let seconds = [2.5, 5, 10, 20, 40]
  private static let batches = [1, 2, 4, 8]

  /// One condition that is changed while the others stay.
  private struct Axis {
    let title: String
    let name: String
    let file: String
    let points: [(x: Double, seconds: Double, windows: Int, threads: Int)]
  }

  private var axes: [Axis] {
    let threads = Parallel.threads
    return [
      Axis(
        title: "Time for ten seconds over the window's length", name: "seconds of a window",
        file: "network-window", points: Self.seconds.map { ($0, $0, 1, threads) }),
      Axis(
        title: "Time for ten seconds over the batch", name: "windows of 10 s",
        file: "network-batch", points: Self.batches.map { (Double($0), 10, $0, threads) }),
      Axis(
        title: "Time for ten seconds over the threads", name: "threads", file: "network-threads",
        points: (1...max(2, threads)).map { (Double($0), 10, 1, $0) }),
    ]
  }

  func measure(into report: inout Report, charts: ChartOptions) throws {
    let threads = Parallel.threads
    for axis in axes {
      var table = Report.Table(
        axis.title,
        columns: [
          "network", "precision", axis.name, "median ms", "best ms", "CPU ms", "tensors MB",
        ])
      var series: [LineChart.Series] = []
      for name in networks {
        for precision in precisions {
          BenchOptions.say("\(axis.title): \(name) \(precision.rawValue)")
          var curve: [(x: Double, y: Double)] = []
          let model = try Networks.model(name, precision)
          for point in axis.points {
            Parallel.threads = point.threads
            let (result, memory) = try cost(model, seconds: point.seconds, windows: point.windows)
            let tens = point.seconds / 10 * Double(point.windows)
            curve.append((point.x, result.wall.best * 1e3 / tens))
            table.add([
              .text(model.settings.name), .text(precision.rawValue), .number(point.x, decimals: 1),
              .number(result.wall.median * 1e3 / tens, decimals: 1),
              .number(result.wall.best * 1e3 / tens, decimals: 1),
              .number(result.cpu.median * 1e3 / tens, decimals: 1),
              .number(Double(memory) / 1e6, decimals: 0),
            ])
          }
          series.append(.init("\(model.settings.name) \(precision.rawValue)", curve))
        }
      }
      Parallel.threads = threads
      report.tables.append(table)
      try charts.write(
        LineChart(
          axis.title, x: axis.name, y: "ms for ten seconds, best of \(options.rounds)",
          isLogarithmic: true, series), as: axis.file)
    }
  }

  private func cost(_ model: DrumModel, seconds: Double, windows: Int) throws -> (
    Race.Result, memory: Int
  ) {
    let mel = model.settings.mel
    let frames = Int(seconds * mel.framesPerSecond)
    let features = (0..<windows).map {
      ProductShape.values(frames * mel.bins, seed: UInt64($0 + 1))
    }
    let memory = TensorMemory.peak { _ = model.activations(windows: features, frames: frames) }
    let results = try Race.run(
      [Contender("ours") { _ = model.activations(windows: features, frames: frames) }],
      rounds: options.rounds)
    return (results[0], memory)
  }
}
