internal import DrumNet
internal import FoundationEssentials
internal import Transcription

/// Corpora whose annotations are text, a stroke a line: MDB Drums, STAR Drums and plain tables.
enum TextAnnotations {
  /// The subclasses of MDB Drums; the tambourine has no class.
  private static let mdb: [String: (drum: DrumClass, isOpen: Bool)] = [
    "KD": (.kick, false), "SD": (.snare, false), "SDB": (.snare, false), "SDD": (.snare, false),
    "SDF": (.snare, false), "SDG": (.snare, false), "SDNS": (.snare, false),
    "SST": (.snare, false), "CHH": (.hihat, false), "OHH": (.hihat, true),
    "PHH": (.hihat, false), "HIT": (.tomHigh, false), "MHT": (.tomMid, false),
    "HFT": (.tomLow, false), "LFT": (.tomLow, false), "RDC": (.ride, false),
    "RDB": (.ride, false), "CRC": (.crash, false), "CHC": (.crash, false),
    "SPC": (.crash, false),
  ]

  /// The classes of STAR Drums; claps, cowbells, claves and tambourines have none.
  private static let star: [String: (drum: DrumClass, isOpen: Bool)] = [
    "BD": (.kick, false), "SD": (.snare, false), "SS": (.snare, false), "CHH": (.hihat, false),
    "PHH": (.hihat, false), "OHH": (.hihat, true), "HT": (.tomHigh, false),
    "MT": (.tomMid, false), "LT": (.tomLow, false), "CRC": (.crash, false),
    "CHC": (.crash, false), "SPC": (.crash, false), "RD": (.ride, false), "RB": (.ride, false),
  ]

  /// `NAME_subclass.txt` anywhere under the folder, with `NAME_MIX.wav` or `NAME_full_mix.ogg`, and
  /// `NAME_Drum.wav` or `NAME_drum_only.ogg`, each a song of its own.
  static func listMDB(_ source: CorpusDescription.Source) throws -> CorpusListing {
    let files = try CorpusFiles.all(under: source.folder)
    let sounds = Dictionary(
      files.filter(CorpusFiles.isSound).map { (CorpusFiles.stem(of: $0), $0) }
    ) { first, _ in first }
    let beats = Dictionary(
      files.filter { $0.hasSuffix("_beats.txt") }
        .map { (String(CorpusFiles.stem(of: $0).dropLast("_beats".count)), $0) }
    ) { first, _ in first }
    var listing = CorpusListing()
    for file in files where file.hasSuffix("_subclass.txt") {
      let name = String(CorpusFiles.stem(of: file).dropLast("_subclass".count))
      let path = source.folder + "/" + file
      let beats = beats[name].map { source.folder + "/" + $0 }
      let role = CorpusListing.role(of: name, in: source)
      let variants = [(["_MIX", "_full_mix"], false), (["_Drum", "_drum_only"], true)]
      var found = 0
      for (endings, drumsOnly) in variants {
        guard let sound = endings.compactMap({ sounds[name + $0] }).first else { continue }
        found += 1
        listing.songs.append(
          CorpusSong(
            name: CorpusFiles.stem(of: sound), role: role, audio: [source.folder + "/" + sound],
            drumsOnly: drumsOnly,
            annotation: { try annotation(path, classes: mdb, beats: beats) }))
      }
      if found == 0 { listing.dropped.append((name, "its recording is not there")) }
    }
    return listing
  }

  /// `.../SPLIT/.../annotation/NAME.txt` with `.../audio/mix/NAME.flac` beside it.
  static func listSTAR(_ source: CorpusDescription.Source) throws -> CorpusListing {
    let files = try CorpusFiles.all(under: source.folder)
    let known = Set(files)
    var listing = CorpusListing()
    for file in files where file.hasSuffix(".txt") {
      let folder = CorpusFiles.folder(of: file)
      guard folder.hasSuffix("annotation/") else { continue }
      let root = String(folder.dropLast("annotation/".count))
      let stem = CorpusFiles.stem(of: file)
      let name = root + stem
      guard
        let mix = ["flac", "wav", "ogg"].map({ root + "audio/mix/" + stem + "." + $0 })
          .first(where: known.contains)
      else {
        listing.dropped.append((name, "its mix is not there"))
        continue
      }
      let splits = ["training", "validation", "test"]
      let split = root.split(separator: "/").map(String.init).first(where: splits.contains)
      let path = source.folder + "/" + file
      listing.songs.append(
        CorpusSong(
          name: name,
          role: split.map { CorpusListing.role(split: $0, in: source) }
            ?? CorpusListing.role(of: name, in: source),
          audio: [source.folder + "/" + mix],
          annotation: { try annotation(path, classes: star, beats: nil) }))
    }
    return listing
  }

  /// `NAME_onsets.tsv` or `NAME.tsv` (time_s, class, velocity after a header) with `NAME.ogg`,
  /// `NAME_full_mix.ogg` or another sound file beside it, and `NAME_beats.txt` where there is one.
  static func listTSV(_ source: CorpusDescription.Source) throws -> CorpusListing {
    let files = try CorpusFiles.all(under: source.folder)
    let known = Set(files)
    let sounds = Dictionary(
      files.filter(CorpusFiles.isSound)
        .map { (CorpusFiles.folder(of: $0) + CorpusFiles.stem(of: $0), $0) }
    ) { first, _ in first }
    var listing = CorpusListing()
    for file in files where file.hasSuffix(".tsv") {
      var name = String(file.dropLast(".tsv".count))
      if name.hasSuffix("_onsets") { name.removeLast("_onsets".count) }
      guard let sound = sounds[name] ?? sounds[name + "_full_mix"] else {
        listing.dropped.append((name, "its recording is not there"))
        continue
      }
      let path = source.folder + "/" + file
      let beats = known.contains(name + "_beats.txt") ? "\(source.folder)/\(name)_beats.txt" : nil
      listing.songs.append(
        CorpusSong(
          name: name, role: CorpusListing.role(of: name, in: source),
          audio: [source.folder + "/" + sound], drumsOnly: source.drumsOnly ?? false,
          annotation: {
            CorpusSong.Annotation(
              onsets: try AnnotationFiles.onsets(at: path),
              beats: try beats.map(AnnotationFiles.beats) ?? [])
          }))
    }
    return listing
  }

  /// Lines of time, name and perhaps velocity (1...127, or up to 1).
  private static func annotation(
    _ path: String, classes: [String: (drum: DrumClass, isOpen: Bool)], beats: String?
  ) throws -> CorpusSong.Annotation {
    var rows: [(onset: Onset, velocity: Double)] = []
    for (number, line) in try CorpusFiles.lines(of: path).enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 2, let time = Double(words[0]) else {
        throw TrainingError(
          path: path, stage: "reading annotations",
          reason: "line \(number + 1) is not \"time, drum\": \(line)")
      }
      guard let (drum, isOpen) = classes[String(words[1])] else { continue }
      let velocity = words.count > 2 ? Double(words[2]) ?? 0 : 0
      rows.append((Onset(time: time, drum: drum, velocity: 0, isOpen: isOpen), velocity))
    }
    let scale = rows.allSatisfy { $0.velocity <= 1 } ? 127.0 : 1
    let onsets = rows.map { row in
      var onset = row.onset
      onset.velocity = min(127, max(0, Int((row.velocity * scale).rounded())))
      return onset
    }
    return CorpusSong.Annotation(
      onsets: onsets, beats: try beats.map(AnnotationFiles.beats) ?? [])
  }
}
