internal import ChartFormat
internal import DrumNet
internal import FoundationEssentials

/// Loaders of performances from folders of Standard MIDI Files.
package enum MIDIPerformances {
  package enum Split: String, Codable, Sendable {
    case train, validation, test
  }

  /// Reads one file.
  static func file(_ path: String) throws -> MIDIFile {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TrainingError(path: path, stage: "reading MIDI", reason: "the file cannot be read")
    }
    do {
      return try MIDIFile(bytes: [UInt8](data))
    } catch {
      throw TrainingError(path: path, stage: "reading MIDI", reason: error.description)
    }
  }

  /// Performances of a folder: Groove where there is an `info.csv`, Rock Band charts where there is
  /// an `index.csv` with a split.
  package static func load(folder: String, split: Split) throws -> [Performance] {
    if FileManager.default.fileExists(atPath: folder + "/info.csv") {
      return try GrooveCorpus.load(folder: folder, split: split)
    }
    if FileManager.default.fileExists(atPath: folder + "/index.csv") {
      return try RockBandCorpus.load(folder: folder, split: split)
    }
    throw TrainingError(
      path: folder, stage: "reading the corpus",
      reason: "there is neither an info.csv (Groove) nor an index.csv (Rock Band charts)")
  }
}

/// The Groove MIDI Dataset: human performances to a metronome that starts at time 0.
package enum GrooveCorpus {
  package static func load(
    folder: String, split: MIDIPerformances.Split
  ) throws -> [Performance] {
    let path = folder + "/info.csv"
    let table = try CSVTable(path: path)
    let fileColumn = try table.column("midi_filename", path: path)
    let splitColumn = try table.column("split", path: path)
    return try table.rows.filter { $0[splitColumn] == split.rawValue }.map {
      try performance(path: folder + "/" + $0[fileColumn], name: $0[fileColumn])
    }
  }

  /// One file. Tempo and metre stand in it as they do in its name.
  package static func performance(path: String, name: String) throws -> Performance {
    let file = try MIDIPerformances.file(path)
    let clock = MIDIClock(file)
    let grid = BeatGrid(clock: clock, through: file.lastTick)
    var hits: [PerformedHit] = []
    for event in file.mergedEvents {
      guard case .noteOn(_, let note, let velocity) = event.kind,
        let articulation = Articulation(td11: note)
      else { continue }
      hits.append(
        PerformedHit(
          beat: grid.beat(at: clock.seconds(at: event.tick)), articulation: articulation,
          velocity: Int(velocity)))
    }
    let latency = latency(of: hits, on: grid)
    return Performance(
      name: name, origin: .played,
      hits: hits.map {
        var hit = $0
        hit.beat -= latency / grid.beatLength(at: hit.beat)
        return hit
      }, grid: grid.delayed(by: latency))
  }

  /// How late a whole performance is against the metronome, in seconds: the median over the strokes
  /// near beats. Drummers here lie up to 40 ms before it (12 ms in the middle); music is written to
  /// where the drummer's beat is heard, so the beats follow the drummer.
  static func latency(of hits: [PerformedHit], on grid: BeatGrid) -> Double {
    let errors = hits.compactMap { hit -> Double? in
      let nearest = hit.beat.rounded()
      let distance = grid.time(at: hit.beat) - grid.time(at: nearest)
      return abs(distance) < 0.06 && hit.articulation.drum != .crash ? distance : nil
    }.sorted()
    return errors.count >= 8 ? errors[errors.count / 2] : 0
  }
}

/// Drum charts in Rock Band form (`PART DRUMS`, Expert, Pro markers).
package enum RockBandCorpus {
  package static func load(
    folder: String, split: MIDIPerformances.Split
  ) throws -> [Performance] {
    let path = folder + "/index.csv"
    let table = try CSVTable(path: path)
    let fileColumn = try table.column("file", path: path)
    let splitColumn = try table.column("split", path: path)
    return try table.rows.filter { $0[splitColumn] == split.rawValue }.map {
      try performance(path: folder + "/" + $0[fileColumn], name: $0[fileColumn])
    }
  }

  /// One chart. Yellow cymbals become closed hats, blue ones ride, green ones crash; which cymbal a
  /// pad really stands for differs between charts and is varied when a piece is rendered.
  package static func performance(path: String, name: String) throws -> Performance {
    let file = try MIDIPerformances.file(path)
    guard let drums = file.track(named: "PART DRUMS") else {
      throw TrainingError(path: path, stage: "reading MIDI", reason: "there is no PART DRUMS track")
    }
    let clock = MIDIClock(file)
    let grid = BeatGrid(clock: clock, through: file.lastTick)
    let spans = [110, 111, 112].map { tomSpans(of: drums, note: UInt8($0)) }
    var hits: [PerformedHit] = []
    for event in drums.events {
      guard case .noteOn(_, let note, _) = event.kind, (95...100).contains(note) else { continue }
      let isTom = { (pad: Int) in spans[pad].contains { $0.contains(event.tick) } }
      let articulation: Articulation =
        switch note {
        case 95, 96: .kick
        case 97: .snare
        case 98: isTom(0) ? .tomHigh : .hihatClosed
        case 99: isTom(1) ? .tomMid : .rideBow
        default: isTom(2) ? .tomLow : .crash
        }
      let beat = grid.beat(at: clock.seconds(at: event.tick))
      hits.append(PerformedHit(beat: beat, articulation: articulation, velocity: 100))
    }
    return Performance(name: name, origin: .chart, hits: hits, grid: grid)
  }

  /// Tom markers are held notes: a pad is a tom from the tick of the note-on up to, not including,
  /// that of the note-off.
  private static func tomSpans(of track: MIDIFile.Track, note: UInt8) -> [Range<Int>] {
    var spans: [Range<Int>] = []
    var start: Int?
    for event in track.events {
      switch event.kind {
      case .noteOn(_, note, _): start = start ?? event.tick
      case .noteOff(_, note):
        if let begin = start { spans.append(begin..<max(begin + 1, event.tick)) }
        start = nil
      default: break
      }
    }
    return spans
  }
}
