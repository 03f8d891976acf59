internal import FoundationEssentials
internal import Transcription

/// E-GMD and GMD: a CSV table that names a recording and a MIDI file for each performance and the
/// split it belongs to.
enum GrooveRecordings {
  static func list(_ source: CorpusDescription.Source) throws -> CorpusListing {
    let folder = source.folder
    let tables = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".csv") }.sorted()
    var listing = CorpusListing()
    var wasFound = false
    for name in tables {
      let path = folder + "/" + name
      let table = try CSVTable(path: path)
      guard table.header.contains("audio_filename"), table.header.contains("midi_filename") else {
        continue
      }
      wasFound = true
      let audio = try table.column("audio_filename", path: path)
      let midi = try table.column("midi_filename", path: path)
      let split = try table.column("split", path: path)
      for row in table.rows {
        add(audio: row[audio], midi: row[midi], split: row[split], source, to: &listing)
      }
    }
    guard wasFound else {
      throw TrainingError(
        path: folder, stage: "reading the corpus",
        reason: "no table with the columns audio_filename and midi_filename is there")
    }
    return listing
  }

  private static func add(
    audio: String, midi: String, split: String, _ source: CorpusDescription.Source,
    to listing: inout CorpusListing
  ) {
    let name = CorpusFiles.isSound(audio) ? audio : midi
    let paths = [audio, midi].map { source.folder + "/" + $0 }
    guard CorpusFiles.isSound(audio), FileManager.default.fileExists(atPath: paths[0]) else {
      listing.dropped.append((name, "its recording is not there"))
      return
    }
    guard FileManager.default.fileExists(atPath: paths[1]) else {
      listing.dropped.append((name, "its MIDI file is not there"))
      return
    }
    listing.songs.append(
      CorpusSong(
        name: name, role: CorpusListing.role(split: split, in: source), audio: [paths[0]],
        drumsOnly: source.drumsOnly ?? true,
        annotation: { try annotation(of: GrooveCorpus.performance(path: paths[1], name: name)) }))
  }

  private static func annotation(of performance: Performance) -> CorpusSong.Annotation {
    let hits = performance.hits.map {
      TimedHit(
        time: performance.grid.time(at: $0.beat), articulation: $0.articulation,
        velocity: $0.velocity)
    }
    let seconds = performance.seconds + 1
    return CorpusSong.Annotation(
      onsets: Labels.onsets(of: hits, seconds: seconds),
      beats: performance.grid.beats(from: 0, seconds: seconds))
  }
}
