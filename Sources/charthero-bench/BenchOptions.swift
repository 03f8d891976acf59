import ArgumentParser
import Benchmarks
import Foundation
import TensorCore

/// The options of every command.
struct BenchOptions: ParsableArguments {
  @Option(help: "Threads; all cores by default.")
  var threads: Int?

  @Option(name: .customLong("repeat"), help: "Measured rounds of each thing.")
  var rounds = 7

  @Option(help: ArgumentHelp("Also write the figures to this file, as JSON.", valueName: "file"))
  var json: String?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is a number above 0") }
    guard rounds >= 1 else { throw ValidationError("--repeat is a number above 0") }
  }

  /// Sets the number of threads and begins a report.
  func begin(_ command: String) -> Report {
    if let threads { Parallel.threads = threads }
    return Report(
      command: command,
      facts: [
        ("processor", Self.processor), ("kernels", BLAS.kernelDescription),
        ("rounds", "\(rounds)"),
      ])
  }

  /// Prints the report, and writes it where that was asked for.
  func end(_ report: Report) throws {
    print(report.text(), terminator: "")
    guard let json else { return }
    do {
      try report.json().write(to: URL(filePath: json))
    } catch {
      throw BenchmarkError(json, "cannot be written: \(error.localizedDescription)")
    }
  }

  /// A line on standard error about what is at work.
  static func say(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  private static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    return "\(name ?? "unknown"), \(CPU.cores) cores"
  }
}

/// Where curves are drawn.
struct ChartOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Draw the curves as SVG into this folder.", valueName: "folder"))
  var charts: String?

  func write(_ chart: LineChart, as name: String) throws {
    guard let charts else { return }
    do {
      try FileManager.default.createDirectory(atPath: charts, withIntermediateDirectories: true)
      try Data(chart.svg().utf8).write(to: URL(filePath: charts).appending(path: name + ".svg"))
    } catch {
      throw BenchmarkError(charts, "cannot be written to: \(error.localizedDescription)")
    }
  }
}

/// Another engine to run beside ours.
struct EngineOptions: ParsableArguments {
  @Option(help: "The Python that has PyTorch or onnxruntime.")
  var python = "python3"

  @Option(help: ArgumentHelp("Where the scripts of the other engines are.", valueName: "folder"))
  var engines = "Sources/charthero-bench/Engines"

  func start(_ script: String) throws -> EngineProcess {
    try EngineProcess(
      python: python, script: "\(engines)/\(script).py", threads: Parallel.threads)
  }
}
