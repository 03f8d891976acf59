package import Logging

/// The lines that tell one song's story, and the daemon's own.
package struct SongLog: Sendable {
  private let logger: Logger

  package init(_ logger: Logger) { self.logger = logger }

  /// A line about the daemon.
  func daemon(_ level: Logger.Level, _ event: MessageID, _ text: String) {
    logger.log(level: level, "\(text)", metadata: ["message_id": "\(event.rawValue)"])
  }

  /// A line about a song.
  func song(
    _ level: Logger.Level, _ event: MessageID, _ job: Job, _ text: String,
    stage: String, seconds: Double? = nil, more: Logger.Metadata = [:]
  ) {
    var metadata = more
    metadata["message_id"] = "\(event.rawValue)"
    metadata["job"] = "\(job.id)"
    metadata["song"] = .stringConvertible(job.path)
    metadata["stage"] = "\(stage)"
    if let seconds { metadata["duration_ms"] = "\(Int(seconds * 1000))" }
    logger.log(level: level, "\(job.path): \(text)", metadata: metadata)
  }

  func decoded(_ job: Job, format: String, seconds: Double) {
    song(
      .info, .decoded, job, "\(format), \(Self.length(seconds))", stage: "decoded",
      more: ["format": "\(format)"])
  }

  /// The three closing lines of a converted song.
  func published(
    _ job: Job, folder: [UInt8], in outbox: BytePath, _ report: WorkerReport, seconds: Double
  ) {
    let model: Logger.Metadata = ["model": "\(report.model)"]
    let lanes = report.notes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    song(
      .info, .transcribed, job,
      "\(lanes.joined(separator: ", ")); \(report.kept) onsets kept, \(report.dropped) dropped",
      stage: "transcribed", seconds: report.stages["transcribe"],
      more: model.merging(["confidence": "\(Self.hundredths(report.confidence))"]) { $1 })
    let range = zip(report.slowest, report.fastest).map {
      "\(Self.hundredths($0))-\(Self.hundredths($1)) bpm, "
    }
    song(
      .info, .tempo, job, "\(range ?? "")\(report.tempoMarkers) tempo markers", stage: "tempo",
      more: model)
    let path = outbox.appending(folder)
    let rate = seconds > 0 ? ", \(Self.hundredths(report.songSeconds / seconds)) x real time" : ""
    song(
      .notice, .published, job, "published as \(path) in \(Self.hundredths(seconds)) s\(rate)",
      stage: "published", seconds: seconds,
      more: model.merging(["folder": .stringConvertible(path)]) { $1 })
  }

  private func zip(_ first: Double?, _ second: Double?) -> (Double, Double)? {
    guard let first, let second else { return nil }
    return (first, second)
  }

  static func hundredths(_ number: Double) -> String {
    guard number.isFinite else { return "?" }
    let scaled = Int((abs(number) * 100).rounded())
    let digits = "\(scaled % 100)"
    return (number < 0 ? "-" : "") + "\(scaled / 100)."
      + (digits.utf8.count == 1 ? "0" : "") + digits
  }

  static func length(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let whole = Int(seconds.rounded())
    return "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
  }
}
