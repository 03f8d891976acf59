package import ChartFormat
package import Conversion
internal import Foundation
internal import Glibc

/// What the daemon asks of a worker: one line of JSON on its standard input.
package struct WorkerRequest: Codable, Hashable, Sendable {
  /// Only to say whether a song could be converted.
  package var isProbe = false
  /// The song's file name, for messages and as the title of last resort.
  package var name = ""
  /// Folder that the worker makes the chart folder in, its own, empty.
  package var workshop = ""
  /// Path of the model.
  package var model: String
  /// Onsets with less confidence (0...1) are left out.
  package var minimumConfidence = 0.0
  /// The file that the chart is written to.
  package var format = ChartFileFormat.chart
  /// Threads that compute.
  package var threads: Int
  /// Seconds of the longest song taken.
  package var songLength: Double
  /// Bytes of the largest file taken.
  package var fileSize: Int64
  /// Bytes of address space.
  package var memory: Int64
  /// Seconds of processor time.
  package var processorTime: Int
  /// The daemon's process id: a worker without it ends itself.
  package var daemon: Int32
}

extension WorkerRequest {
  /// What all of a daemon's requests have in common.
  init(_ settings: Settings) {
    model = settings.model.description
    format = settings.format
    threads = max(1, ProcessInfo.processInfo.activeProcessorCount / settings.jobs)
    songLength = settings.limits.songLength
    fileSize = settings.limits.fileSize
    memory = settings.limits.memory
    // Both by the clock and, where threads compute side by side, by the processor.
    processorTime = Int(settings.limits.seconds) * threads + 1
    daemon = getpid()
  }
}

/// What a worker answers: lines of JSON on its standard output, the last one its result.
package enum WorkerMessage: Codable, Hashable, Sendable {
  /// How far the conversion is: the stage and its part of the whole, 0...1.
  case progress(stage: String, fraction: Double)
  /// The song was read.
  case decoded(format: String, seconds: Double)
  /// A probe's answer: songs can be converted, on these kernels.
  case ready(kernels: String)
  /// All there is to say about the chart, before `finished`.
  case report(ConversionReport)
  /// The chart folder lies in the workshop.
  case finished(WorkerReport)
  /// The song is to blame: no other attempt will help.
  case refused(stage: String, reason: String)
  /// The world is to blame (disk, memory, the model): another attempt may help.
  case hindered(stage: String, reason: String)
}

/// The facts of a conversion that the log and the ledger tell.
package struct WorkerReport: Codable, Hashable, Sendable {
  /// Name of the chart folder in the workshop.
  package var folder: String
  /// Length of the song, s.
  package var songSeconds: Double
  /// Notes of the Expert chart by lane.
  package var notes: [String: Int]
  /// Onsets kept, and those left out for their low confidence.
  package var kept: Int
  package var dropped: Int
  /// Mean confidence of the kept ones, 0...1.
  package var confidence: Double
  /// Tempo markers, and the range of the tempo in beats per minute.
  package var tempoMarkers: Int
  package var slowest: Double?
  package var fastest: Double?
  /// Seconds spent in each stage.
  package var stages: [String: Double]
  /// Name of the model.
  package var model: String
}

/// One JSON value per line.
enum JSONLines {
  static func line(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Every value sent here is made of texts and finite numbers, which always encode.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return Array((try? encoder.encode(value)) ?? Data()) + [UInt8(ascii: "\n")]
  }

  static func value<Value: Decodable>(_ type: Value.Type, _ line: some Collection<UInt8>) -> Value?
  {
    try? JSONDecoder().decode(type, from: Data(line))
  }
}
