internal import Audio
internal import Conversion
internal import TensorCore

/// The worker's call into the converter.
enum WorkerConversion {
  /// Converts the song behind the descriptor into the request's workshop.
  ///
  /// - Parameter report: called for each step on the way.
  static func convert(
    _ request: WorkerRequest, song: Int32, report: (WorkerMessage) -> Void
  ) -> WorkerMessage {
    do {
      report(.progress(stage: ConversionStage.model.rawValue, fraction: 0))
      let converter = try SongConverter(options: options(request))
      let result = try withoutActuallyEscaping(report) { report in
        try Result { () throws(ConversionError) in
          try converter.convert(descriptor: song, name: request.name, outbox: request.workshop) {
            report(message($0))
          }
        }.get()
      }
      report(.report(result))
      return .finished(WorkerReport(result))
    } catch let error as ConversionError {
      let stage = error.stage.rawValue
      return error.isSongAtFault
        ? .refused(stage: stage, reason: error.reason)
        : .hindered(stage: stage, reason: error.reason)
    } catch {
      return .hindered(stage: "convert", reason: "\(error)")
    }
  }

  /// How many threads compute.
  static func use(threads: Int) { Parallel.threads = threads }

  /// Loads the model.
  static func probe(_ request: WorkerRequest) -> WorkerMessage {
    do {
      return .ready(kernels: try SongConverter(options: options(request)).kernels)
    } catch {
      return .hindered(stage: error.stage.rawValue, reason: error.reason)
    }
  }

  private static func options(_ request: WorkerRequest) -> ConversionOptions {
    var options = ConversionOptions(model: request.model)
    options.minimumConfidence = request.minimumConfidence
    options.format = request.format
    options.limits.seconds = request.songLength
    options.limits.fileBytes = Int(request.fileSize)
    return options
  }

  private static func message(_ progress: ConversionProgress) -> WorkerMessage {
    switch progress {
    case .working(let stage, let fraction): .progress(stage: stage.rawValue, fraction: fraction)
    case .decoded(let format, let seconds): .decoded(format: format, seconds: seconds)
    }
  }
}

extension WorkerReport {
  init(_ report: ConversionReport) {
    folder = report.folder
    songSeconds = report.songSeconds
    notes = report.notes.filter { $0.value > 0 }
    kept = report.kept
    dropped = report.droppedTotal
    confidence = report.meanConfidence
    tempoMarkers = report.tempoMarkers
    slowest = report.slowest
    fastest = report.fastest
    stages = report.stageSeconds
    model = report.model
  }
}
