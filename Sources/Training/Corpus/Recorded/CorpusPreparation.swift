internal import FoundationEssentials
internal import Transcription

/// Goes through every song of a corpus: mixes it, measures how its annotation lies, keeps what fits.
package struct CorpusPreparation: Sendable {
  package struct Options: Sendable {
    /// Share of each source's songs that is looked at, 0...1; which ones, their names decide.
    package var sampleRatio = 1.0
    /// Bytes of audio that may be in memory at once.
    package var memoryLimit = 4 << 30
    package init() {}
  }

  /// Songs whose parts are farther than this from the song's own offset follow another recording.
  package static let largestResidual = 0.03
  /// Offsets smaller than this are within the measurement's own error and left alone, seconds.
  static let smallestOffset = 0.006
  /// Below this the annotation does not match the sound anywhere.
  static let smallestClarity = 2.5
  /// Bytes that a song in work takes: five minutes decoded in stereo, mixed and filtered.
  private static let bytesPerSong = 400 << 20

  private let options: Options
  /// Where the songs go; `nil` only looks.
  private let output: String?

  package init(options: Options = Options(), output: String? = nil) {
    self.options = options
    self.output = output
  }

  /// Prepares all sources and reports on each, in the order of their names. `progress` is told how
  /// many songs of a source are done.
  package func run(
    _ description: CorpusDescription, progress: @Sendable (_ source: String, _ songs: Int) -> Void
  ) throws -> [CorpusReport] {
    if let output {
      try FileManager.default.createDirectory(
        atPath: output, withIntermediateDirectories: true)
    }
    var entries: [PreparedCorpus.Entry] = []
    var reports: [CorpusReport] = []
    for (name, source) in description.sources.sorted(by: { $0.key < $1.key }) {
      var report = CorpusReport(source: name, licence: source.licence)
      let listing = try CorpusListing(source)
      for (song, reason) in listing.dropped { report.drop(song, reason) }
      let wanted = listing.songs.filter { isInSample($0.name) }
      report.leftOut = listing.songs.count - wanted.count
      // As many at once as fit in the memory allowed.
      let group = max(1, min(16, options.memoryLimit / Self.bytesPerSong))
      for start in stride(from: 0, to: wanted.count, by: group) {
        let songs = Array(wanted[start..<min(wanted.count, start + group)].enumerated())
        let results = try Concurrent.map(songs) { number, song in
          try prepare(song, file: "\(name)-\(start + number)", source: name, source.licence)
        }
        for result in results {
          report.add(result)
          if case .kept(let kept) = result { entries.append(kept.entry) }
        }
        progress(name, start + songs.count)
      }
      reports.append(report)
    }
    if let output {
      try PreparedCorpus.write(entries, to: output + "/" + PreparedCorpus.index)
    }
    return reports
  }

  private func isInSample(_ name: String) -> Bool {
    guard options.sampleRatio < 1 else { return true }
    let hash = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    var generator = SeededGenerator(seed: hash)
    return generator.unit() < options.sampleRatio
  }

  /// What became of a song. Broken files are a reason to drop it; a full disk is an error.
  private func prepare(
    _ song: CorpusSong, file: String, source: String, _ licence: String
  ) throws -> CorpusReport.Result {
    let mix: [Float]
    var annotation: CorpusSong.Annotation
    let alignment: OnsetAlignment?
    do {
      annotation = try song.annotation()
      mix = try Self.mix(song.audio)
      guard !annotation.onsets.isEmpty else { return .dropped(song.name, "nothing is annotated") }
      guard OnsetMeasure.peak(mix) > 1e-4 else { return .dropped(song.name, "it is silent") }
      let heard = song.drumStems.isEmpty ? mix : try Self.mix(song.drumStems)
      alignment = OnsetAlignment(of: annotation.onsets, in: heard)
    } catch let error as TrainingError {
      return .dropped(song.name, error.reason)
    }
    guard let alignment else {
      return .dropped(song.name, "it has too few strokes to tell whether they fit")
    }
    if let reason = Self.objection(to: alignment) {
      let away = alignment.residual.map { " (\(Int(($0 * 1_000).rounded())) ms)" } ?? ""
      return .dropped(song.name + away, reason)
    }
    let offset = abs(alignment.offset) < Self.smallestOffset ? 0 : alignment.offset
    let seconds = Double(mix.count) / Double(SampleFile.sampleRate)
    annotation = Self.moved(annotation, by: offset, within: seconds)
    let entry = PreparedCorpus.Entry(
      name: song.name, source: source, licence: licence, role: song.role,
      drumsOnly: song.drumsOnly, seconds: seconds, offset: offset, file: file)
    if let output { try Self.write(mix, annotation, to: output + "/" + file) }
    return .kept(CorpusReport.Kept(entry: entry, annotation: annotation, alignment: alignment))
  }

  /// Why a song is not used, or `nil`.
  static func objection(to alignment: OnsetAlignment) -> String? {
    guard alignment.clarity >= smallestClarity else {
      return "its notes match its sound nowhere within half a second"
    }
    guard let residual = alignment.residual else {
      return "no part of it has enough strokes to tell whether they fit"
    }
    guard residual <= largestResidual else {
      return "parts of it lie more than 30 ms away from where the rest lies"
    }
    return nil
  }

  /// Everything that is heard together, as it is.
  static func mix(_ paths: [String]) throws -> [Float] {
    var mix: [Float] = []
    for path in paths {
      let samples = try SampleFile.mono(path)
      if samples.count > mix.count {
        mix += [Float](repeating: 0, count: samples.count - mix.count)
      }
      for i in samples.indices { mix[i] += samples[i] }
    }
    return mix
  }

  private static func moved(
    _ annotation: CorpusSong.Annotation, by offset: Double, within seconds: Double
  ) -> CorpusSong.Annotation {
    CorpusSong.Annotation(
      onsets: annotation.onsets.map { $0.delayed(by: offset) }
        .filter { $0.time >= 0 && $0.time < seconds },
      beats: annotation.beats.map {
        Beat(time: $0.time + offset, position: $0.position, quarters: $0.quarters)
      }.filter { $0.time >= 0 && $0.time < seconds })
  }

  private static func write(
    _ samples: [Float], _ annotation: CorpusSong.Annotation, to stem: String
  ) throws {
    let integers = AccompanimentLibrary.Audio.integers(samples).map(\.littleEndian)
    let data = unsafe integers.withUnsafeBytes { unsafe Data($0) }
    do {
      try data.write(to: URL(filePath: stem + ".s16"))
      try Data(PreparedCorpus.text(of: annotation).utf8).write(to: URL(filePath: stem + ".tsv"))
    } catch {
      throw TrainingError(path: stem, stage: "writing the prepared corpus", reason: "\(error)")
    }
  }
}
