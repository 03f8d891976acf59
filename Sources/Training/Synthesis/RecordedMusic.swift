internal import Audio
internal import ChartFormat
internal import FoundationEssentials

/// Recordings without drums (guitar stems, a cappella, drum-free songs) that play along with rendered
/// drums: what no General MIDI soundfont sounds like. They are kept in memory, 5 MB a minute.
package struct RecordedMusic: Sendable {
  package struct Recording: Sendable {
    package var name: String
    package var audio: AccompanimentLibrary.Audio
    /// Seconds that may be used, of the recording's own time.
    package var range: Range<Double>
    /// The tempo map of a game chart beside the recording, from the recording's start on.
    package var grid: BeatGrid?
  }

  /// A stretch that was chosen: `speed` times faster and higher than it was recorded.
  struct Excerpt {
    var recording: Int
    /// Seconds of the recording's own time.
    var start: Double
    var speed: Double
  }

  package let recordings: [Recording]

  /// The last part of every recording is heard in validation only.
  private static let trainingShare = 0.85

  /// Stems that a game's song folder may have and that have no drums in them.
  private static let stems = ["guitar", "rhythm", "bass", "keys", "vocals"]
  private static let suffixes = ["ogg", "opus", "mp3", "wav", "flac"]

  package init(recordings: [Recording]) { self.recordings = recordings }

  /// Decodes all recordings of the paths: files, or folders with everything under them. Of a folder
  /// with a `song.ini` only the stems without drums are taken.
  package init(paths: [String], role: ExampleStream.Role) throws {
    let files = try paths.flatMap(Self.files)
    recordings = try Concurrent.map(files) { path in
      let samples = try SampleFile.mono(path)
      let seconds = Double(samples.count) / Double(SampleFile.sampleRate)
      let edge = seconds * Self.trainingShare
      let chart = URL(filePath: path).deletingLastPathComponent().path + "/notes.mid"
      return Recording(
        name: path, audio: AccompanimentLibrary.Audio(samples),
        range: role == .training ? 0..<edge : edge..<seconds,
        grid: (try? MIDIPerformances.file(chart)).map {
          BeatGrid(clock: MIDIClock($0), through: $0.lastTick)
        })
    }.filter { $0.audio.level > 0 }
  }

  private static func files(_ path: String) throws -> [String] {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw TrainingError(
        path: path, stage: "looking for recordings without drums", reason: "there is no such file")
    }
    guard isFolder else { return [path] }
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    let isSong = names.contains("song.ini")
    return try names.flatMap { name -> [String] in
      let file = path + "/" + name
      var isFolder = false
      _ = FileManager.default.fileExists(atPath: file, isDirectory: &isFolder)
      if isFolder { return try files(file) }
      let lower = name.lowercased()
      guard suffixes.contains(where: { lower.hasSuffix("." + $0) }),
        !isSong || stems.contains(where: lower.hasPrefix)
      else { return [] }
      return [file]
    }
  }

  /// A stretch of `seconds` in which something is heard, as a rule.
  func pick(seconds: Double, using generator: inout SeededGenerator) -> Excerpt {
    let index = generator.index(recordings.count)
    let recording = recordings[index]
    // A tape that runs up to three semitones faster or slower.
    let speed = generator.logUniform(0.84, 1.19)
    let latest = max(recording.range.lowerBound, recording.range.upperBound - seconds * speed)
    var start = recording.range.lowerBound
    for _ in 0..<8 {
      start = generator.uniform(recording.range.lowerBound, latest)
      if recording.audio.isHeard(from: start, seconds: seconds * speed) { break }
    }
    return Excerpt(recording: index, start: start, speed: speed)
  }

  /// The beats of an excerpt in its own time, from its start on, where they are known.
  func grid(of excerpt: Excerpt) -> BeatGrid? {
    recordings[excerpt.recording].grid.map {
      $0.delayed(by: -excerpt.start).stretched(by: 1 / excerpt.speed)
    }
  }

  /// The samples, and the level of the recording's loud parts.
  func audio(of excerpt: Excerpt, count: Int) -> (samples: [Float], level: Float) {
    let audio = recordings[excerpt.recording].audio
    let needed = Int(Double(count) * excerpt.speed) + 4
    let source = audio.excerpt(from: excerpt.start, count: needed)
    let samples = (0..<count).map { i -> Float in
      let place = Double(i) * excerpt.speed
      let k = Int(place)
      return Self.interpolate(source, k, Float(place - Double(k)))
    }
    return (samples, audio.level)
  }

  /// Catmull-Rom between samples `k` and `k + 1`.
  private static func interpolate(_ x: [Float], _ k: Int, _ t: Float) -> Float {
    let a = k > 0 ? x[k - 1] : 0
    let b = x[k]
    let c = x[k + 1]
    let d = x[k + 2]
    let slope = 0.5 * (c - a)
    let next = 0.5 * (d - b)
    let rise = b - c
    return (((2 * rise + slope + next) * t - (3 * rise + 2 * slope + next)) * t + slope) * t + b
  }
}
