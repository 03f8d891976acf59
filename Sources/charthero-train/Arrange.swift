import ArgumentParser
import Foundation
import Training

struct Arrange: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write General MIDI songs to train with, played by a band that knows many styles.",
    discussion: """
      MMA (Debian's package mma) plays chords of random progressions in the styles of its library: \
      drums, bass and harmony that go together, in three to five beats a bar, at the styles' usual \
      tempos, with intros, fills and endings. `fit`, `beats` and `listen` take the folder as one of \
      songs (--accompaniment, --songs). The same seed and library give the same songs.
      """)

  @Option(help: ArgumentHelp("MMA's library of styles.", valueName: "folder"))
  var library = "/usr/share/mma/lib"

  @Option(help: "How many songs.")
  var count = 400

  @Option(help: "Each is at least this long, in seconds.")
  var seconds = 120.0

  @Option(help: "Another seed writes other songs.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Where the songs go; made if it is not there.", valueName: "folder"))
  var output: String

  func validate() throws {
    guard count > 0, seconds > 0, seconds < 3_600 else {
      throw ValidationError("--count must be at least 1 and --seconds between 0 and 3,600")
    }
  }

  func run() throws {
    let styles = try BandStyle.load(library: library)
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    var unplayable: [String: String] = [:]
    var written = ["song,style,bpm"]
    for index in 0..<count {
      var generator = SeededGenerator(seed: seed, index: index)
      // Every style comes equally often.
      let style = styles[(index + Int(seed % 1_000)) % styles.count]
      if unplayable[style.file] != nil { continue }
      let form = SongForm(style: style, seconds: seconds, using: &generator)
      let name = "band-\(seed)-\(index).mid"
      if let reason = try play(form, to: output + "/" + name) {
        unplayable[style.file] = reason
      } else {
        written.append("\(name),\(style.file),\(Int(form.tempo))")
      }
      Terminal.progress("\(index + 1) of \(count)")
    }
    Terminal.endProgress()
    for (file, reason) in unplayable.sorted(by: { $0.key < $1.key }) {
      Terminal.say("left out \(file): \(reason)")
    }
    guard written.count > 1 else {
      throw TrainingError(
        path: output, stage: "writing songs", reason: "MMA could play none of the styles")
    }
    try (written.joined(separator: "\n") + "\n")
      .write(toFile: output + "/index.csv", atomically: true, encoding: .utf8)
    Terminal.say("\(written.count - 1) songs in \(output); index.csv there has their styles")
  }

  /// - Returns: why it cannot be played, `nil` where it was.
  private func play(_ form: SongForm, to path: String) throws -> String? {
    let score = path + ".mma"
    try form.text.write(toFile: score, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: score) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    // Its files hold the name that it was given: the same one wherever they lie.
    process.currentDirectoryURL = URL(filePath: path).deletingLastPathComponent()
    process.arguments =
      ["mma", "-f"] + [path, score].map { URL(filePath: $0).lastPathComponent }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      throw TrainingError(
        path: "mma", stage: "looking for the accompaniment generator",
        reason: "it is not installed; it is Debian's package mma")
    }
    guard process.terminationStatus == 0 else {
      return String(decoding: said, as: UTF8.self).split(separator: "\n")
        .drop { !$0.hasPrefix("Error") }.map { $0.trimmingCharacters(in: .whitespaces) }
        .joined(separator: " ")
    }
    guard let song = try? AccompanimentSong(path: path),
      song.grid.positions.max() == form.style.beatsPerBar
    else {
      try? FileManager.default.removeItem(atPath: path)
      return "its bars are not of \(form.style.beatsPerBar) quarters"
    }
    return nil
  }
}
