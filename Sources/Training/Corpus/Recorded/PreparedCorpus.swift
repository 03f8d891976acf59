internal import DrumNet
internal import Foundation
internal import Glibc
internal import Transcription

/// Real recordings made ready for training: `corpus.json`, and for each song its samples (`.s16`,
/// mono, 44.1 kHz, 16 bits, at full scale) and its annotation (`.tsv`), read window by window.
package struct PreparedCorpus: Sendable {
  /// An entry of `corpus.json`.
  package struct Entry: Codable, Hashable, Sendable {
    package var name: String
    package var source: String
    package var licence: String
    package var role: CorpusDescription.Role
    package var drumsOnly: Bool
    package var seconds: Double
    /// Seconds that the annotation was moved by.
    package var offset: Double
    /// Stem of its two files.
    package var file: String
  }

  package struct Song: Sendable {
    package var entry: Entry
    package var annotation: CorpusSong.Annotation
  }

  package let songs: [Song]
  private let folder: String
  /// Seconds up to and including each song, for drawing in proportion to length.
  private let sums: [Double]

  static let index = "corpus.json"
  private static let rate = Double(SampleFile.sampleRate)

  /// The songs of some roles in a folder that `prepare` wrote. Throws ``TrainingError``.
  package init(folder: String, roles: Set<CorpusDescription.Role>) throws {
    self.folder = folder
    songs = try Self.entries(at: folder + "/" + Self.index).filter {
      roles.contains($0.role) && $0.seconds > 1
    }.map {
      Song(entry: $0, annotation: try Self.annotation(folder + "/" + $0.file + ".tsv"))
    }
    var sum = 0.0
    sums = songs.map {
      sum += $0.entry.seconds
      return sum
    }
  }

  package var seconds: Double { sums.last ?? 0 }

  /// A stretch of a song, drawn in proportion to the songs' lengths; what lies beyond the song's end
  /// is silent.
  func window(
    seconds: Double, using generator: inout SeededGenerator
  ) throws -> (example: TrainingExample, drumsOnly: Bool) {
    let target = generator.uniform(0, self.seconds)
    let song = songs[sums.firstIndex { $0 > target } ?? songs.count - 1]
    let start = generator.uniform(0, max(0, song.entry.seconds - seconds))
    let example = try window(of: song, from: start, seconds: seconds)
    return (example, song.entry.drumsOnly)
  }

  /// A stretch of one song.
  package func window(of song: Song, from start: Double, seconds: Double) throws -> TrainingExample
  {
    // A whole sample, so that labels stay true to it.
    let first = Int(start * Self.rate)
    let begin = Double(first) / Self.rate
    let range = begin..<begin + seconds
    return TrainingExample(
      audio: try samples(of: song.entry, first: first, count: Int(seconds * Self.rate)),
      onsets: song.annotation.onsets.filter { range.contains($0.time) }
        .map { $0.delayed(by: -begin) },
      beats: song.annotation.beats.filter { range.contains($0.time) }.map {
        Beat(time: $0.time - begin, position: $0.position, quarters: $0.quarters)
      })
  }

  /// A whole song.
  package func example(_ index: Int) throws -> TrainingExample {
    try window(of: songs[index], from: 0, seconds: songs[index].entry.seconds)
  }

  /// Gives every song of a prepared corpus a role by its place in the index.
  static func assign(
    in folder: String, _ role: (Int) -> CorpusDescription.Role
  ) throws {
    let path = folder + "/" + index
    var entries = try entries(at: path)
    for i in entries.indices { entries[i].role = role(i) }
    try write(entries, to: path)
  }

  static func write(_ entries: [Entry], to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    do {
      try encoder.encode(entries).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw TrainingError(path: path, stage: "writing the prepared corpus", reason: "\(error)")
    }
  }

  private static func entries(at path: String) throws -> [Entry] {
    guard let data = FileManager.default.contents(atPath: path),
      let entries = try? JSONDecoder().decode([Entry].self, from: data)
    else {
      throw TrainingError(
        path: path, stage: "reading the prepared corpus",
        reason: "it is missing or was not written by charthero-train prepare")
    }
    return entries
  }

  private func samples(of entry: Entry, first: Int, count: Int) throws -> [Float] {
    let path = folder + "/" + entry.file + ".s16"
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw TrainingError(
        path: path, stage: "reading the prepared corpus", reason: "the samples are missing")
    }
    defer { try? handle.close() }
    try handle.seek(toOffset: UInt64(2 * first))
    let data = try handle.read(upToCount: 2 * count) ?? Data()
    var result = unsafe data.withUnsafeBytes { bytes in
      let words = unsafe bytes.bindMemory(to: UInt16.self)
      return unsafe words.map { Float(Int16(bitPattern: UInt16(littleEndian: $0))) / 32_767 }
    }
    result += [Float](repeating: 0, count: count - result.count)
    return result
  }

  /// Lines of `onset time class velocity open` and `beat time position quarters`.
  static func text(of annotation: CorpusSong.Annotation) -> String {
    annotation.onsets.map {
      "onset\t\(fixed($0.time, 6))\t\($0.drum.name)\t\($0.velocity)\t\($0.isOpen ? 1 : 0)\n"
    }.joined()
      + annotation.beats.map {
        "beat\t\(fixed($0.time, 6))\t\($0.position)\t\(fixed($0.quarters, 3))\n"
      }.joined()
  }

  private static func annotation(_ path: String) throws -> CorpusSong.Annotation {
    var result = CorpusSong.Annotation(onsets: [])
    for (number, line) in try CorpusFiles.lines(of: path).enumerated() {
      let f = line.split(separator: "\t")
      if f.count == 5, f[0] == "onset", let time = Double(f[1]), let drum = DrumClass(name: f[2]),
        let velocity = Int(f[3])
      {
        result.onsets.append(
          Onset(time: time, drum: drum, velocity: velocity, isOpen: f[4] == "1"))
      } else if f.count == 4, f[0] == "beat", let time = Double(f[1]), let position = Int(f[2]),
        let quarters = Double(f[3])
      {
        result.beats.append(Beat(time: time, position: position, quarters: quarters))
      } else {
        throw TrainingError(
          path: path, stage: "reading the prepared corpus",
          reason: "line \(number + 1) is neither an onset nor a beat")
      }
    }
    return result
  }
}
