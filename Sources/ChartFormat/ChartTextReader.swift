extension ChartText {
  /// Reads a `.chart` file.
  ///
  /// Forgiving where games are (byte marks, line ends, spaces, unsorted ticks, unknown sections,
  /// codes and events), strict where a guess would shift time: a missing resolution or tempo, a
  /// broken number in a line that is understood.
  /// - Parameter file: The name to show in errors.
  package static func read(
    _ bytes: [UInt8], file: String = "notes.chart"
  ) throws(ChartError) -> Chart {
    try read(PlainText.decode(bytes), file: file)
  }

  package static func read(
    _ text: String, file: String = "notes.chart"
  ) throws(ChartError) -> Chart {
    let sections = try SectionReader(file: file).sections(of: text)
    guard let song = sections["Song"] else {
      throw ChartError(file: file, reason: "there is no [Song] section")
    }
    guard let sync = sections["SyncTrack"] else {
      throw ChartError(file: file, reason: "there is no [SyncTrack] section")
    }
    let (metadata, resolution) = try readSong(song, file: file)
    let entries = EntryReader(file: file, lastTick: ChartLimits.lastTick(resolution: resolution))
    let map = try readSync(sync, resolution: resolution, entries: entries)
    let (marks, end) = try readEvents(sections["Events"] ?? [], entries: entries)

    var codes: [Difficulty: TrackCodes] = [:]
    for (name, difficulty) in trackNames {
      guard let lines = sections[name[...]] else { continue }
      codes[difficulty] = try TrackCodes(lines, entries: entries)
    }
    // One five-lane note anywhere makes the whole song a five-lane chart.
    let isFiveLane = codes.values.contains { $0.hasFifthLane }
    return Chart(
      metadata: metadata, tempoMap: map, tracks: codes.mapValues { $0.track(isFiveLane) },
      sections: marks, end: end)
  }

  private static func readSong(
    _ lines: [KeyedLine], file: String
  ) throws(ChartError) -> (SongMetadata, resolution: Int) {
    var metadata = SongMetadata(title: "", artist: "")
    var resolution: Int?
    var previewEnd = 0
    for line in lines {
      let text = PlainText.line(unquoted(line.value))
      switch line.key {
      case "Name": metadata.title = text
      case "Artist": metadata.artist = text
      case "Charter": metadata.charter = text
      case "Album": metadata.album = text
      case "Genre": metadata.genre = text
      case "Year":
        let year = String(text.drop { $0 == "," || $0 == " " })
        metadata.year = year == "0" ? "" : year
      case "Difficulty": metadata.difficulty = Int(text).flatMap { 0...6 ~= $0 ? $0 : nil }
      case "PreviewStart": metadata.previewStart = milliseconds(text)
      case "PreviewEnd": previewEnd = milliseconds(text) ?? 0
      case "Resolution":
        guard let value = Int(text), ChartLimits.resolution ~= value else {
          throw ChartError(
            file: file, line: line.number, reason: "\"\(line.value)\" is no usable resolution")
        }
        resolution = value
      default: break
      }
    }
    // Editors write 0 and 0 for "no preview".
    if metadata.previewStart == 0, previewEnd == 0 { metadata.previewStart = nil }
    guard let resolution else {
      throw ChartError(file: file, reason: "[Song] has no Resolution")
    }
    return (metadata, resolution)
  }

  private static func readSync(
    _ lines: [KeyedLine], resolution: Int, entries: EntryReader
  ) throws(ChartError) -> TempoMap {
    var tempos: [Int: MilliBPM] = [:]
    var metres: [Int: TimeSignature] = [:]
    for line in lines {
      let entry = try entries.entry(line)
      switch entry.code {
      case "B":
        tempos[entry.tick] = MilliBPM(
          try entries.number(entry, 0, in: ChartLimits.milliBPM, "tempo"))
      case "TS":
        let beats = try entries.number(entry, 0, in: ChartLimits.beatsInBar, "time signature")
        let exponent =
          entry.arguments.count < 2
          ? 2 : try entries.number(entry, 1, in: ChartLimits.unitExponent, "time signature")
        metres[entry.tick] = TimeSignature(beats: beats, unit: 1 << exponent)
      default: break
      }
    }
    guard let first = tempos.min(by: { $0.key < $1.key }) else {
      throw ChartError(file: entries.file, reason: "[SyncTrack] has no tempo")
    }
    if tempos[0] == nil { tempos[0] = first.value }
    if metres[0] == nil { metres[0] = .common }
    return TempoMap(
      resolution: resolution,
      tempos: tempos.sorted { $0.key < $1.key }.map { .init(tick: Tick($0.key), tempo: $0.value) },
      metres: metres.sorted { $0.key < $1.key }
        .map { .init(tick: Tick($0.key), signature: $0.value) })
  }

  private static func readEvents(
    _ lines: [KeyedLine], entries: EntryReader
  ) throws(ChartError) -> ([Section], end: Tick?) {
    var sections: [Int: Section] = [:]
    var end: Tick?
    for line in lines {
      let entry = try entries.entry(line)
      guard entry.code == "E" else { continue }
      let event = SongEvent(unquoted(entry.rest))
      switch event {
      case .section(let name): sections[entry.tick] = Section(tick: Tick(entry.tick), name: name)
      case .end: end = Tick(entry.tick)
      case nil: break
      }
    }
    return (sections.values.sorted { $0.tick < $1.tick }, end)
  }

  private static func unquoted(_ text: Substring) -> Substring {
    guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
    return text.dropFirst().dropLast()
  }

  private static func milliseconds(_ seconds: String) -> Int? {
    guard let value = Double(seconds), 0...1e6 ~= value else { return nil }
    return Int((value * 1_000).rounded())
  }
}
