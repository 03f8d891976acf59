internal import ChartFormat
internal import FoundationEssentials

/// Slakh2100: `TrackNNNNN/mix.flac`, `metadata.yaml` that says which stems are drums, and the stems'
/// MIDI. The folders `train`, `validation` and `test` are its split.
enum SlakhSongs {
  static func list(_ source: CorpusDescription.Source) throws -> CorpusListing {
    let files = try CorpusFiles.all(under: source.folder)
    let known = Set(files)
    var listing = CorpusListing()
    for file in files where file.hasSuffix("metadata.yaml") {
      let folder = CorpusFiles.folder(of: file)
      let name = String(folder.dropLast())
      let path = source.folder + "/" + folder
      guard
        let mix = ["flac", "wav", "ogg"].map({ folder + "mix." + $0 }).first(where: known.contains)
      else {
        listing.dropped.append((name, "there is no mix"))
        continue
      }
      let drums = try drumStems(of: source.folder + "/" + file)
      let midi = drums.map { folder + "MIDI/\($0).mid" }.filter(known.contains)
      guard !midi.isEmpty else {
        listing.dropped.append((name, "no stem with MIDI is marked as drums"))
        continue
      }
      let stems = drums.flatMap { stem in
        ["flac", "wav", "ogg"].map { folder + "stems/\(stem)." + $0 }.filter(known.contains)
      }
      let paths = midi.map { source.folder + "/" + $0 }
      let split = name.split(separator: "/").dropLast().last.map(String.init)
      listing.songs.append(
        CorpusSong(
          name: name,
          role: split.map { CorpusListing.role(split: $0, in: source) }
            ?? CorpusListing.role(of: name, in: source),
          audio: [path + mix.dropFirst(folder.count)],
          drumStems: stems.map { source.folder + "/" + $0 },
          annotation: { try annotation(of: paths) }))
    }
    return listing
  }

  /// The stems under `stems:` whose `is_drum` is true.
  private static func drumStems(of path: String) throws -> [String] {
    var stem = ""
    var result: [String] = []
    for line in try CorpusFiles.lines(of: path) {
      let words = line.split { $0 == " " || $0 == ":" }
      guard let first = words.first else { continue }
      if words.count == 1, first.first == "S", Int(first.dropFirst()) != nil {
        stem = String(first)
      } else if first == "is_drum", words.last?.lowercased() == "true", !stem.isEmpty {
        result.append(stem)
      }
    }
    return result
  }

  private static func annotation(of paths: [String]) throws -> CorpusSong.Annotation {
    var hits: [TimedHit] = []
    for path in paths {
      let file = try MIDIPerformances.file(path)
      let clock = MIDIClock(file)
      for event in file.mergedEvents {
        guard case .noteOn(_, let note, let velocity) = event.kind,
          let articulation = Articulation(generalMIDI: note)
        else { continue }
        hits.append(
          TimedHit(
            time: clock.seconds(at: event.tick), articulation: articulation,
            velocity: Int(velocity)))
      }
    }
    let end = (hits.map(\.time).max() ?? 0) + 1
    return CorpusSong.Annotation(onsets: Labels.onsets(of: hits, seconds: end))
  }
}
