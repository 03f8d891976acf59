internal import ChartFormat
internal import DrumNet
internal import FoundationEssentials
internal import Transcription

/// Song folders as Clone Hero and Rock Band customs have them: a chart, and audio in one file or in
/// stems that the game plays together.
package enum GameSongs {
  /// What a game plays at once. Crowd noise is left out, as is `preview`.
  private static let stems = ["song", "guitar", "rhythm", "bass", "keys", "vocals", "drums"]

  package static func list(_ source: CorpusDescription.Source) throws -> CorpusListing {
    let files = try CorpusFiles.all(under: source.folder)
    let folders = Dictionary(grouping: files, by: CorpusFiles.folder)
    var listing = CorpusListing()
    for (folder, files) in folders.sorted(by: { $0.key < $1.key }) {
      let names = files.map { String($0.dropFirst(folder.count)) }
      guard ChartFolder.chartFiles.contains(where: names.contains) else { continue }
      let path = folder.isEmpty ? source.folder : source.folder + "/" + folder.dropLast()
      let name = folder.isEmpty ? CorpusFiles.stem(of: source.folder) : String(folder.dropLast())
      let audio = names.filter { isHeard($0) }.map { path + "/" + $0 }
      guard !audio.isEmpty else {
        listing.dropped.append((name, "there is no audio that a game would play"))
        continue
      }
      let drums = audio.filter { CorpusFiles.stem(of: $0).lowercased().hasPrefix("drums") }
      listing.songs.append(
        CorpusSong(
          name: name, role: CorpusListing.role(of: name, in: source), audio: audio,
          drumStems: drums, drumsOnly: source.drumsOnly ?? (drums.count == audio.count),
          annotation: { try annotation(folder: path) }))
    }
    return listing
  }

  /// `drums.ogg`, `drums_1.ogg`, `vocals_2.mp3`, but not `drums_edit.ogg`.
  private static func isHeard(_ name: String) -> Bool {
    guard CorpusFiles.isSound(name) else { return false }
    let parts = CorpusFiles.stem(of: name).lowercased().split(separator: "_")
    guard let first = parts.first, stems.contains(String(first)) else { return false }
    return parts.count == 1 || (parts.count == 2 && Int(parts[1]) != nil)
  }

  /// The Expert notes and the beats of a chart, in seconds of its audio.
  ///
  /// - Throws: ``TrainingError`` where the chart does not read, or does not say which notes are
  ///   cymbals.
  package static func annotation(folder path: String) throws -> CorpusSong.Annotation {
    let folder: ChartFolder
    do {
      folder = try ChartFolder(path: path)
    } catch {
      throw TrainingError(path: path, stage: "reading the chart", reason: "\(error)")
    }
    let notes = folder.chart.tracks[.expert]?.notes ?? []
    guard !notes.isEmpty else {
      throw TrainingError(
        path: path, stage: "reading the chart", reason: "it has no Expert drums")
    }
    let pads = notes.filter { $0.pad > .red }
    guard pads.isEmpty || pads.contains(where: \.isCymbal) else {
      throw TrainingError(
        path: path, stage: "reading the chart", reason: "it does not tell cymbals from toms")
    }
    let map = folder.chart.tempoMap
    let delay = Double(folder.ini?.delay ?? 0) / 1_000
    let onsets = notes.map {
      // Gems carry no loudness: 0 stands for "not known".
      Onset(time: map.seconds(at: $0.tick) + delay, drum: drum(of: $0), velocity: 0)
    }
    return CorpusSong.Annotation(
      onsets: onsets, beats: beats(of: map, through: notes[notes.count - 1].tick, delay: delay))
  }

  /// What a gem stands for; a blue cymbal is the ride by custom.
  private static func drum(of note: DrumNote) -> DrumClass {
    switch (note.pad, note.isCymbal) {
    case (.kick, _): .kick
    case (.red, _): .snare
    case (.yellow, true): .hihat
    case (.blue, true): .ride
    case (.green, true): .crash
    case (.yellow, false): .tomHigh
    case (.blue, false): .tomMid
    case (.green, false): .tomLow
    }
  }

  /// Quarters counted from the bar lines; in 6/8 and its like dotted quarters.
  private static func beats(of map: TempoMap, through end: Tick, delay: Double) -> [Beat] {
    let lines = map.barLines(through: end)
    return zip(lines, lines.dropFirst()).flatMap { line, next -> [Beat] in
      let signature = map.signature(at: line)
      let isCompound =
        signature.unit >= 8 && signature.beats % 3 == 0 && signature.beats >= 6
      let step =
        isCompound ? map.resolution * 12 / signature.unit : map.resolution * 4 / signature.unit
      let beat = isCompound ? step : max(step, map.resolution)
      return stride(from: line.value, to: next.value, by: max(1, beat)).enumerated().map {
        Beat(
          time: map.seconds(at: Tick($1)) + delay, position: $0 + 1,
          quarters: Double(beat) / Double(map.resolution))
      }
    }
  }
}
