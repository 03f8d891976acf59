import Foundation
import TestSupport
import Testing

@Suite("The command keeps to its word", .serialized)
struct CommandTests {
  let charthero = Samples.charthero

  @Test("transcribe writes what was heard and the beats as tables")
  func tables() throws {
    let transcript = try Transcript.of(Samples.all[0])
    #expect(transcript.outcome.status == 0, "\(transcript.outcome.errors)")
    #expect(transcript.onsetText.hasPrefix("time_s\tclass\tvelocity\tconfidence\n"))
    #expect(transcript.beatText.hasPrefix("time_s\tposition_in_bar\n"))
    let onsets = transcript.onsets
    #expect(onsets.count == transcript.lines(transcript.onsetText).count, "every row can be read")
    #expect(onsets.count > 30)
    let classes = ["kick", "snare", "tom_high", "tom_mid", "tom_low", "hihat", "crash", "ride"]
    #expect(onsets.allSatisfy { classes.contains($0.drum) })
    #expect(onsets.allSatisfy { (1...127).contains($0.velocity) && 0...1 ~= $0.confidence })
    #expect(zip(onsets, onsets.dropFirst()).allSatisfy { $0.time <= $1.time })
    let beats = transcript.beats
    #expect(beats.count > 20)
    #expect(beats.count == transcript.lines(transcript.beatText).count, "every row can be read")
    #expect(zip(beats, beats.dropFirst()).allSatisfy { $0.time < $1.time })
    #expect(beats.contains { $0.position == 1 })
  }

  @Test("a terminal is shown how far the work is")
  func progress() throws {
    let folder = try TemporaryFolder()
    let terminal = try Terminal()
    let program = try charthero.start(
      ["transcribe", Samples.all[1].url.path, "--onsets", folder("onsets.tsv").path],
      output: folder("output"), errors: terminal.url)
    let shown = terminal.readToEnd()
    #expect(program.wait(limit: 60) == 0)
    #expect(shown.contains("listening"))
    #expect(shown.contains("100 %"))
    #expect(shown.hasSuffix("\r\u{1B}[K"), "the bar is gone at the end")
  }

  @Test("saved activations give the same onsets as the network did")
  func seam() throws {
    let folder = try TemporaryFolder()
    let first = try Transcript.of(Samples.all[1])
    try first.activations.write(to: folder("saved"))
    let second = try Transcript.of(
      Samples.all[1], more: ["--from-activations", folder("saved").path])
    #expect(second.outcome.status == 0, "\(second.outcome.errors)")
    #expect(!first.onsets.isEmpty)
    #expect(second.onsetText == first.onsetText)
    #expect(second.beatText == first.beatText)
  }

  @Test("inspect draws the chart and lists its facts, and makes a picture")
  func inspect() throws {
    let conversion = try Samples.converted()
    let folder = try TemporaryFolder()
    let outcome = try charthero.run([
      "inspect", conversion.folder(Samples.all[0]).path, "--svg", folder("chart.svg").path,
      "--png", folder("chart.png").path,
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("Sectoid – Escape from Chaosland"))
    #expect(outcome.output.contains("● drum  ▲ cymbal  ━ kick"))
    #expect(outcome.output.contains("├"))
    let picture = try String(contentsOf: folder("chart.svg"), encoding: .utf8)
    #expect(picture.hasPrefix("<svg"))
    #expect(picture.contains("<path") && picture.contains("</svg>"))
    let painted = try Data(contentsOf: folder("chart.png"))
    #expect(painted.starts(with: [0x89, 0x50, 0x4E, 0x47]) && painted.count > 10_000)
  }

  @Test("convert writes notes.mid on wish, and a report that inspect colours its picture with")
  func report() throws {
    let folder = try TemporaryFolder()
    let outcome = try charthero.run([
      "convert", Samples.all[1].url.path, "-o", folder("out").path, "--format", "mid", "--report",
      folder("report.json").path,
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let chart = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    let files = TemporaryFolder.names(in: URL(filePath: chart))
    #expect(files.contains("notes.mid") && !files.contains("notes.chart"))
    let (plain, coloured) = (folder("plain.svg"), folder("coloured.svg"))
    _ = try charthero.run(["inspect", chart, "--svg", plain.path])
    let second = try charthero.run([
      "inspect", chart, "--svg", coloured.path, "--report", folder("report.json").path,
    ])
    #expect(second.status == 0, "\(second.errors)")
    #expect(try Data(contentsOf: coloured).count > Data(contentsOf: plain).count)
    let wrong = try charthero.run([
      "inspect", chart, "--svg", plain.path, "--report", chart + "/song.ini",
    ])
    #expect(wrong.status == 65, "\(wrong.errors)")
  }

  struct Mistake: Sendable, CustomStringConvertible {
    var arguments: [String]
    var code: Int32
    var description: String { arguments.joined(separator: " ") }
  }

  @Test(
    "mistakes end with sysexits codes and a sentence",
    arguments: [
      Mistake(arguments: ["convert"], code: 64),
      Mistake(arguments: ["convert", "/nowhere/song.mp3", "-o", "/tmp"], code: 66),
      Mistake(arguments: ["inspect", "/nowhere"], code: 66),
      Mistake(arguments: ["inspect", "/etc"], code: 65),
      Mistake(arguments: ["convert", "/etc/passwd", "-o", "/tmp"], code: 65),
      Mistake(
        arguments: ["convert", "/etc/passwd", "-o", "/tmp", "--model", "/nowhere"], code: 66),
      Mistake(arguments: ["nonsense"], code: 64),
      Mistake(arguments: ["convert", "a.mp3", "b.mp3", "-o", "/tmp", "--report", "r"], code: 64),
      Mistake(arguments: ["convert", "a.mp3", "-o", "/tmp", "--format", "midi"], code: 64),
      Mistake(arguments: ["inspect", "/etc", "--report", "r.json"], code: 64),
    ])
  func mistakes(_ mistake: Mistake) throws {
    let outcome = try charthero.run(mistake.arguments)
    #expect(outcome.status == mistake.code, "\(outcome.errors)")
    #expect(!outcome.errors.isEmpty)
    #expect(outcome.output.isEmpty)
  }

  @Test("an outbox that cannot be written is said so")
  func outboxIsAFile() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: folder("file"))
    let outcome = try charthero.run([
      "convert", Samples.all[1].url.path, "-o", folder("file/below").path,
    ])
    #expect(outcome.status == 73, "\(outcome.errors)")
  }
}
