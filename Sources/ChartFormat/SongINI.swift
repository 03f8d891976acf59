/// `song.ini`: what the song list of a game shows, and how the chart is to be read.
package struct SongINI: Hashable, Sendable {
  package var metadata: SongMetadata
  package var isProDrums = true
  package var isFiveLane = false
  /// Milliseconds by which notes come later; ours is always 0, because time belongs in the chart.
  package var delay = 0

  package init(metadata: SongMetadata) { self.metadata = metadata }

  /// The file's text. What is unknown is left out, so that games show their own word for it.
  package func text() -> String {
    var lines = ["[song]"]
    func add(_ key: String, _ value: String) {
      let value = PlainText.line(value)
      if !value.isEmpty { lines.append("\(key) = \(value)") }
    }
    func add(_ key: String, _ value: Int?) { if let value { add(key, String(value)) } }
    add("name", metadata.title)
    add("artist", metadata.artist)
    add("album", metadata.album)
    add("genre", metadata.genre)
    add("year", metadata.year)
    add("charter", metadata.charter)
    add("album_track", metadata.albumTrack)
    add("song_length", metadata.songLength)
    add("preview_start_time", metadata.previewStart)
    add(
      "preview_end_time",
      metadata.previewStart.map {
        metadata.songLength > 0
          ? max($0, min($0 + ChartText.previewLength, metadata.songLength))
          : $0 + ChartText.previewLength
      })
    let difficulty = metadata.difficulty ?? -1
    add("diff_drums", difficulty)
    add("diff_drums_real", difficulty)
    add("pro_drums", isProDrums ? "True" : "False")
    if isFiveLane { add("five_lane_drums", "True") }
    add("delay", delay)
    add("loading_phrase", metadata.loadingPhrase)
    return lines.map { $0 + "\n" }.joined()
  }

  /// Reads the file; keys in any case, unknown keys and broken values are passed over as games do.
  package init(_ bytes: [UInt8], file: String = "song.ini") throws(ChartError) {
    try self.init(PlainText.decode(bytes), file: file)
  }

  package init(_ text: String, file: String = "song.ini") throws(ChartError) {
    var values: [String: Substring] = [:]
    var isInside = false
    var wasInside = false
    for (_, line) in PlainText.lines(text) {
      if line.first == "[" {
        isInside = line.lowercased() == "[song]"
        wasInside = wasInside || isInside
      } else if isInside, line.first != ";", let equals = line.firstIndex(of: "=") {
        let key = PlainText.trim(line[..<equals]).lowercased()
        values[key] = PlainText.trim(line[line.index(after: equals)...])
      }
    }
    guard wasInside else { throw ChartError(file: file, reason: "there is no [song] section") }

    func string(_ key: String) -> String? {
      guard let value = values[key].map({ PlainText.line($0) }), !value.isEmpty else { return nil }
      return value
    }
    func number(_ key: String, in range: ClosedRange<Int>) -> Int? {
      guard let value = values[key].flatMap({ Int($0) }), range.contains(value) else { return nil }
      return value
    }
    func isTrue(_ key: String) -> Bool {
      values[key].map { ["true", "1"].contains($0.lowercased()) } ?? false
    }
    // A day: no song and no offset is longer, and no sum of two such values overflows.
    let milliseconds = 0...86_400_000
    metadata = SongMetadata(title: string("name") ?? "", artist: string("artist") ?? "")
    metadata.album = string("album") ?? metadata.album
    metadata.genre = string("genre") ?? metadata.genre
    metadata.year = string("year") ?? ""
    metadata.charter = string("charter") ?? string("frets") ?? ""
    metadata.albumTrack =
      number("album_track", in: 0...15_999) ?? number("track", in: 0...15_999)
    metadata.songLength = number("song_length", in: milliseconds) ?? 0
    metadata.previewStart = number("preview_start_time", in: milliseconds)
    metadata.difficulty =
      number("diff_drums", in: 0...6) ?? number("diff_drums_real", in: 0...6)
    metadata.loadingPhrase = string("loading_phrase") ?? ""
    isProDrums = isTrue("pro_drums")
    isFiveLane = isTrue("five_lane_drums")
    delay = number("delay", in: -86_400_000...86_400_000) ?? 0
  }
}
