import ArgumentParser
import ChartFormat
import Conversion
import Foundation

/// `charthero convert`: songs to chart folders, as the daemon does it.
struct Convert: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Converts songs to chart folders.",
    discussion: """
      Prints the folder of each chart. A song that cannot be converted is said so on standard \
      error, and the others go on; the exit code is that of the first failure. Ctrl-C leaves no \
      half chart behind.
      """)

  @Argument(help: "Songs: mp3, wav, flac, ogg, opus or aiff.")
  var files: [String]

  @Option(name: .shortAndLong, help: "The folder that the chart folders appear in.")
  var output: String

  @Option(help: "The chart's file: 'chart' for notes.chart, 'mid' for notes.mid.")
  var format = ChartFileFormat.chart

  @Option(
    help: """
      Also write what was heard, kept and dropped, and what to be wary of, to this file: as JSON \
      where its name ends in .json, else as text. For a single song.
      """)
  var report: String?

  @Flag(help: "Print a report of each conversion as a line of JSON instead of its folder.")
  var json = false

  @OptionGroup var listening: ListeningOptions

  func validate() throws {
    guard report == nil || files.count == 1 else {
      throw ValidationError("--report takes a single song.")
    }
  }

  func run() async throws {
    for file in files { try Failure.checkInput(file) }
    var options = ConversionOptions(model: try listening.modelPath())
    options.minimumConfidence = listening.minConfidence
    options.format = format
    let job = ConversionJob(
      files: files, outbox: output, options: options, reportFile: report, printsJSON: json,
      listening: listening)
    let work = Task { try job.run() }
    let interrupt = Interrupt { work.cancel() }
    defer { interrupt.end() }
    try await work.value
  }
}

/// The work of one call of `charthero convert`.
private struct ConversionJob: Sendable {
  var files: [String]
  var outbox: String
  var options: ConversionOptions
  var reportFile: String?
  var printsJSON: Bool
  var listening: ListeningOptions

  func run() throws {
    let converter = try SongConverter(options: options)
    listening.say(converter.kernels)
    var firstCode: Int32 = 0
    for (index, file) in files.enumerated() {
      let count = files.count > 1 ? "\(index + 1)/\(files.count) " : ""
      do {
        try convert(file, with: converter, title: count + URL(filePath: file).lastPathComponent)
      } catch {
        if Task.isCancelled { throw Failure.interrupted }
        Failure.report(error)
        if firstCode == 0 { firstCode = Failure.code(of: error) }
      }
    }
    if firstCode != 0 { throw ExitCode(firstCode) }
  }

  private func convert(_ file: String, with converter: SongConverter, title: String) throws {
    let bar = ProgressBar(title)
    defer { bar.end() }
    let report = try converter.convert(path: file, outbox: outbox) { news in
      if case .working(let stage, let fraction) = news { bar.show(fraction, stage.activity) }
    }
    bar.end()
    if let reportFile { try write(report, to: reportFile) }
    if listening.verbose { FileHandle.standardError.write(Data((summary(report) + "\n").utf8)) }
    guard printsJSON else {
      print(report.folder)
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(report), as: UTF8.self))
  }

  private func write(_ report: ConversionReport, to path: String) throws {
    let text = path.lowercased().hasSuffix(".json") ? report.json() : report.text()
    do {
      try Data(text.utf8).write(to: URL(filePath: path))
    } catch {
      throw Failure.cannotCreate(path, error.localizedDescription)
    }
  }

  private func summary(_ report: ConversionReport) -> String {
    let notes = report.notes.values.reduce(0, +)
    let seconds = report.stageSeconds.values.reduce(0, +)
    return "\(report.title): \(report.format), \(Figures.decimal(report.songSeconds, 1)) s; "
      + "\(notes) notes of \(report.kept + report.droppedTotal) hits heard, "
      + "\(Figures.decimal(report.typicalTempo, 1)) BPM; "
      + "\(Figures.decimal(seconds, 1)) s of work"
  }
}

extension ChartFileFormat: ExpressibleByArgument {}
