extension ChartText {
  /// The whole `.chart` file of a chart; `stream` is the audio file beside it.
  ///
  /// Written in the one form that every known parser reads: two spaces, single spaces between
  /// tokens, decimal integers, ascending ticks, a note before its modifiers, strings in quotes.
  package static func write(_ chart: Chart, stream: String = "song.ogg") -> String {
    var sections = [
      section("Song", songEntries(chart, stream: stream)),
      section("SyncTrack", syncEntries(chart.tempoMap)),
      section("Events", eventEntries(chart)),
    ]
    for (name, difficulty) in trackNames {
      guard let track = chart.tracks[difficulty] else { continue }
      sections.append(section(name, trackEntries(track)))
    }
    return sections.joined()
  }

  private static func section(_ name: String, _ entries: [String]) -> String {
    "[\(name)]\n{\n" + entries.map { "  \($0)\n" }.joined() + "}\n"
  }

  private static func songEntries(_ chart: Chart, stream: String) -> [String] {
    let song = chart.metadata
    // Whole seconds, and zero for what is unknown: chchart-parser wants every key and integers.
    let preview = song.previewStart.map { $0 / 1_000 }
    let year = Int(song.year).map(String.init) ?? "0"
    func quoted(_ text: String) -> String { "\"\(PlainText.quotable(text))\"" }
    return [
      "Name = \(quoted(song.title))",
      "Artist = \(quoted(song.artist))",
      "Charter = \(quoted(song.charter))",
      "Album = \(quoted(song.album))",
      // Games drop the first two characters.
      "Year = \", \(year)\"",
      "Offset = 0",
      "Resolution = \(chart.tempoMap.resolution)",
      "Player2 = bass",
      "Difficulty = \(song.difficulty ?? -1)",
      "PreviewStart = \(preview ?? 0)",
      "PreviewEnd = \(preview.map { $0 + previewLength / 1_000 } ?? 0)",
      "Genre = \(quoted(song.genre))",
      "MediaType = \"cd\"",
      "MusicStream = \(quoted(stream))",
    ]
  }

  private static func syncEntries(_ map: TempoMap) -> [String] {
    var entries: [Entry] = map.metres.map { metre in
      let signature = metre.signature
      let exponent = signature.unit.trailingZeroBitCount
      let suffix = exponent == 2 ? "" : " \(exponent)"
      return Entry(tick: metre.tick, rank: 0, text: "TS \(signature.beats)\(suffix)")
    }
    entries += map.tempos.map { Entry(tick: $0.tick, rank: 1, text: "B \($0.tempo.value)") }
    return lines(entries)
  }

  private static func eventEntries(_ chart: Chart) -> [String] {
    var entries = chart.sections.map {
      Entry(tick: $0.tick, rank: 0, text: "E \"section \(PlainText.quotable($0.name))\"")
    }
    if let end = chart.end { entries.append(Entry(tick: end, rank: 1, text: "E \"end\"")) }
    return lines(entries)
  }

  private static func trackEntries(_ track: DrumTrack) -> [String] {
    var entries: [Entry] = []
    for note in track.notes {
      func add(_ code: Int) {
        entries.append(Entry(tick: note.tick, rank: code, text: "N \(code) 0"))
      }
      add(note.isSecondKick ? NoteCode.secondKick : note.pad.rawValue)
      guard note.pad != .kick else { continue }
      switch note.dynamic {
      case .normal: break
      case .accent: add(NoteCode.accent + note.pad.rawValue)
      case .ghost: add(NoteCode.ghost + note.pad.rawValue)
      }
      if note.isCymbal { add(NoteCode.cymbal + note.pad.rawValue) }
    }
    for code in PhraseCode.allCases {
      entries += track[keyPath: code.path].map {
        Entry(
          tick: $0.start, rank: 100 + code.rawValue, text: "S \(code.rawValue) \($0.length.value)")
      }
    }
    for (index, solo) in track.solos.enumerated() {
      // At one tick a solo that was going on ends first, empty ones begin and end one after the
      // other, and the next one begins last.
      let isEmpty = solo.length == .zero
      let begin = isEmpty ? 301 + 2 * index : Int.max
      let end = isEmpty ? 302 + 2 * index : 300
      entries.append(Entry(tick: solo.start, rank: begin, text: "E solo"))
      entries.append(Entry(tick: solo.start + solo.length, rank: end, text: "E soloend"))
    }
    return lines(entries)
  }

  /// One line of a section before it is put in its place.
  private struct Entry {
    var tick: Tick
    /// Order among the lines of one tick.
    var rank: Int
    var text: String
  }

  private static func lines(_ entries: [Entry]) -> [String] {
    entries.sorted { ($0.tick.value, $0.rank) < ($1.tick.value, $1.rank) }
      .map { "\($0.tick.value) = \($0.text)" }
  }
}
