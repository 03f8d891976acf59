package import Audio
package import ChartFormat
package import DrumNet
internal import Glibc
package import Transcription

/// A song file in, a chart folder that games can play out. Daemon, command and tests all use this.
package struct SongConverter {
  /// What listens: audio and metadata in, everything heard out; told to report its share done.
  package typealias Listener = (any AudioStream, SongMetadata, @escaping (Double) -> Void) throws
    -> Transcription

  private let listener: Listener
  /// What the model computes on, for people; empty for another listener.
  package let kernels: String
  private let modelName: String
  private let options: ConversionOptions

  /// Loads the model; one converter may convert many songs.
  package init(options: ConversionOptions) throws(ConversionError) {
    do {
      self.init(model: try DrumModel(contentsOf: options.model), options: options)
    } catch {
      throw ConversionError(
        file: options.model, stage: .model, reason: "\(error)", isSongAtFault: false)
    }
  }

  package init(model: DrumModel, options: ConversionOptions) {
    let transcriber = Transcriber(model: model, minimumConfidence: options.minimumConfidence)
    self.init(options: options, modelName: model.settings.name, kernels: model.kernels) {
      try transcriber.transcribe($0, metadata: $1, progress: $2)
    }
  }

  /// With another listener than a model of ours.
  package init(
    options: ConversionOptions, modelName: String, kernels: String = "",
    listener: @escaping Listener
  ) {
    self.listener = listener
    self.kernels = kernels
    self.modelName = modelName
    self.options = options
  }

  /// Loads the model and converts one song.
  package static func convert(
    path: String, outbox: String, options: ConversionOptions,
    progress: ((ConversionProgress) -> Void)? = nil
  ) throws(ConversionError) -> ConversionReport {
    progress?(.working(.model, fraction: 0))
    return try SongConverter(options: options)
      .convert(path: path, outbox: outbox, progress: progress)
  }

  /// Converts the song at `path`.
  package func convert(
    path: String, outbox: String, progress: ((ConversionProgress) -> Void)? = nil
  ) throws(ConversionError) -> ConversionReport {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard file >= 0 else {
      let reason = "it cannot be opened: \(SystemError.text())"
      throw ConversionError(file: name, stage: .decode, reason: reason, isSongAtFault: false)
    }
    defer { close(file) }
    return try convert(descriptor: file, name: name, outbox: outbox, progress: progress)
  }

  /// Converts the song behind an open descriptor, which stays the caller's. `name` is its file
  /// name: shown in messages, and read for artist and title where the tags are silent.
  ///
  /// - Returns: where the chart is, and its facts.
  package func convert(
    descriptor: Int32, name: String, outbox: String,
    progress: ((ConversionProgress) -> Void)? = nil
  ) throws(ConversionError) -> ConversionReport {
    var stages = StageClock(progress)
    stages.enter(.decode)
    let song = try survey(descriptor, name)
    var tags = song.tags
    tags.complete(from: name)
    progress?(.decoded(format: song.format, seconds: song.duration))
    stages.enter(.transcribe)
    do {
      var folder = try OutputFolder(in: outbox)
      let encoding = encode(song, to: folder.file(ChartFiles.audioName))
      // Whatever happens: the descriptor and the folder are in use until it ends.
      defer { encoding.finish() }
      let heard = try transcribe(song, ChartFiles.metadata(tags), name, stages)
      stages.enter(.write)
      let files = try ChartFiles.write(
        heard, picture: tags.picture, audio: encoding.wait(), format: options.format, to: folder)
      stages.enter(.publish)
      let published = try folder.publish(
        as: ChartFiles.folderName(files.chart.metadata), song: SHA256.hash(of: descriptor))
      stages.enter(nil)
      var report = ConversionReport(
        heard, files: files, tags: song.tags, format: song.format, model: modelName)
      report.folder = published.path
      report.isReplacement = published.isReplacement
      report.stageSeconds = stages.seconds
      return report
    } catch let error as ConversionError {
      throw error
    } catch {
      // The folder, too, is made for what is written.
      let stage = stages.stage == .publish ? ConversionStage.publish : .write
      throw ConversionError(file: name, stage: stage, reason: "\(error)", isSongAtFault: false)
    }
  }

  /// Encodes the song's audio while it is listened to: nothing of it but the lead-in waits for the
  /// tempo.
  private func encode(_ song: SongSurvey, to path: String) -> SideTask<OggWriter> {
    let quality = options.quality
    return SideTask { isWanted in
      try OggWriter(song, to: path, quality: quality, isWanted: isWanted)
    }
  }

  private func survey(_ descriptor: Int32, _ name: String) throws(ConversionError) -> SongSurvey {
    func refused(_ reason: String) -> ConversionError {
      ConversionError(file: name, stage: .decode, reason: reason, isSongAtFault: true)
    }
    let song: SongSurvey
    do {
      song = try SongSurvey(descriptor: descriptor, name: name, limits: options.limits)
    } catch {
      var failure = refused(error.reason)
      failure.isSongAtFault = error.stage != .open
      throw failure
    }
    guard song.duration >= options.minimumSeconds else {
      let seconds = (song.duration * 10).rounded(.down) / 10
      throw refused("it is too short to be a song (\(seconds) s)")
    }
    guard song.peak > Self.silence else { throw refused("there is only silence in it") }
    return song
  }

  /// -80 dB: below what 16-bit recordings of silence rustle with.
  private static let silence: Float = 1e-4

  private func transcribe(
    _ song: SongSurvey, _ metadata: SongMetadata, _ name: String, _ stages: StageClock
  ) throws(ConversionError) -> Transcription {
    let heard: Transcription
    do {
      heard = try listener(song, metadata, stages.advance)
    } catch {
      let reason = error is CancellationError ? "it was cancelled" : "\(error)"
      throw ConversionError(file: name, stage: .transcribe, reason: reason, isSongAtFault: false)
    }
    guard let expert = heard.chart.tracks[.expert], !expert.notes.isEmpty else {
      let unsure = heard.dropped.values.reduce(0, +)
      let reason =
        unsure == 0
        ? "no drums were heard in it"
        : "no drums were heard in it with enough confidence (\(unsure) doubtful hits)"
      throw ConversionError(file: name, stage: .transcribe, reason: reason, isSongAtFault: true)
    }
    return heard
  }
}
