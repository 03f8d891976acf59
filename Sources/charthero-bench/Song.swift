import ArgumentParser
import Benchmarks
import DrumNet
import Foundation
import TensorCore

struct Song: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A whole song to its chart folder, by stage and in all.",
    discussion: """
      The song is made from an MP3 file, which is repeated until it is long enough. Each stage alone \
      is measured in this program; the whole is 'charthero convert' as a process of its own, with its \
      wall time, processor time and peak memory.
      """)

  @Argument(help: "An MP3 file.")
  var file = "samples/chaosland.mp3"

  @Option(help: "The model.")
  var model = "models/hybrid-small.safetensors"

  @Option(help: "Minutes of the song.")
  var minutes = 4.0

  @Option(help: "The program charthero; the one beside this by default.")
  var charthero: String?

  @Flag(help: "Two songs at once, against one after the other.")
  var together = false

  @Flag(help: "Songs of half a minute to an hour instead, and curves of time and memory.")
  var growth = false

  @OptionGroup var charts: ChartOptions
  @OptionGroup var options: BenchOptions

  private static let lengths = [0.5, 1, 2, 4, 8, 15, 30, 60]

  func validate() throws {
    guard minutes > 0, minutes <= 600 else {
      throw ValidationError("--minutes is above 0 and at most 600")
    }
  }

  func run() throws {
    var report = options.begin("song")
    let scratch = try Scratch()
    let song = try RepeatedSong(path: file)
    func make(_ minutes: Double) throws -> String {
      let path = scratch.path("song-\(minutes).mp3")
      try song.write(seconds: minutes * 60, to: path)
      return path
    }
    if growth {
      try measureGrowth(make, scratch, &report)
    } else {
      let path = try make(minutes)
      // First, while this program is small: see MeasuredProgram.
      try measureWhole(path, scratch, &report)
      report.tables.append(
        try SongStages(file: path, model: model, rounds: options.rounds, scratch: scratch)
          .measure())
    }
    try options.end(report)
  }

  private var program: String {
    charthero
      ?? URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "charthero").path
  }

  private func start(_ song: String, _ scratch: Scratch, _ name: String) throws -> MeasuredProgram {
    try MeasuredProgram(
      path: program,
      arguments: ["convert", song, "--output", scratch.path(name), "--model", model, "--json"])
  }

  private func measureWhole(_ path: String, _ scratch: Scratch, _ report: inout Report) throws {
    var memory = 0
    var contenders = [
      Contender.other("one song") {
        let outcome = try start(path, scratch, "one").wait()
        memory = max(memory, outcome.peakMemory)
        return outcome.cost
      }
    ]
    if together {
      contenders.append(
        .other("two, one after the other") {
          let costs = try ["first", "second"].map { try start(path, scratch, $0).wait().cost }
          return Cost(wall: costs.map(\.wall).reduce(0, +), cpu: costs.map(\.cpu).reduce(0, +))
        })
      contenders.append(
        .other("two at once") {
          let programs = try ["first", "second"].map { try start(path, scratch, $0) }
          let costs = try programs.map { try $0.wait().cost }
          return Cost(wall: costs.map(\.wall).max() ?? 0, cpu: costs.map(\.cpu).reduce(0, +))
        })
    }
    for name in ["one", "first", "second"] {
      try FileManager.default.createDirectory(
        atPath: scratch.path(name), withIntermediateDirectories: true)
    }
    let results = try Race.run(contenders, rounds: options.rounds)
    var table = Report.Table(
      ofCosts: "'charthero convert' of \(minutes) minutes, with encoding; two at once over one "
        + "after the other",
      columns: ["songs"])
    for (index, result) in results.enumerated() {
      table.add(
        [.text(contenders[index].name)], result, to: results[index == 2 ? 1 : 0])
    }
    report.tables.append(table)
    report.notes.append("Peak memory of one conversion: \(memory / 1_000_000) MB.")
  }

  private func measureGrowth(
    _ make: (Double) throws -> String, _ scratch: Scratch, _ report: inout Report
  ) throws {
    var table = Report.Table(
      "'charthero convert' over the song's length",
      columns: ["minutes", "seconds", "CPU s", "peak memory MB", "CPU s a minute"])
    var points: [(minutes: Double, cost: Cost, memory: Int)] = []
    try FileManager.default.createDirectory(
      atPath: scratch.path("out"), withIntermediateDirectories: true)
    for minutes in Self.lengths {
      BenchOptions.say("\(minutes) minutes")
      let path = try make(minutes)
      let outcome = try start(path, scratch, "out").wait()
      try FileManager.default.removeItem(atPath: path)
      points.append((minutes, outcome.cost, outcome.peakMemory))
      table.add([
        .number(minutes, decimals: 1), .number(outcome.cost.wall, decimals: 2),
        .number(outcome.cost.cpu, decimals: 2),
        .number(Double(outcome.peakMemory) / 1e6, decimals: 0),
        .number(outcome.cost.cpu / minutes, decimals: 2),
      ])
    }
    report.tables.append(table)
    try charts.write(
      LineChart(
        "A song to its chart folder", x: "minutes of the song", y: "seconds", isLogarithmic: true,
        [
          .init("wall", points.map { (x: $0.minutes, y: $0.cost.wall) }),
          .init("processor", points.map { (x: $0.minutes, y: $0.cost.cpu) }),
        ]), as: "song-time")
    try charts.write(
      LineChart(
        "Memory of a conversion", x: "minutes of the song", y: "MB at most",
        [.init("peak", points.map { (x: $0.minutes, y: Double($0.memory) / 1e6) })]),
      as: "song-memory")
  }
}
