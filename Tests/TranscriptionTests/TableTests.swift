import DrumNet
import Foundation
import Testing
import Transcription

@Suite("Saved activations and tables")
struct TableTests {
  private var activations: Activations {
    let values = (0..<7 * OutputLayout.count).map { Float($0 % 97) / 96 }
    return Activations(frames: 7, framesPerSecond: 100, values: values)
  }

  @Test("Activations come back from a file as they were")
  func roundTrip() throws {
    let url = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).activations")
    defer { try? FileManager.default.removeItem(at: url) }
    try ActivationsFile.save(activations, to: url.path)
    let loaded = try ActivationsFile.load(url.path)
    #expect(loaded.frames == 7 && loaded.framesPerSecond == 100)
    #expect(loaded.values == activations.values)
  }

  @Test("A file that is cut off anywhere is refused, not read wrongly")
  func truncation() {
    let bytes = ActivationsFile.encode(activations)
    for length in stride(from: 0, to: bytes.count, by: 13) {
      #expect(throws: TranscriptionError.self) {
        try ActivationsFile.decode(Array(bytes[..<length]), name: "song")
      }
    }
  }

  @Test("Values that are no probabilities are refused")
  func range() {
    var wrong = activations
    wrong.values[3] = .nan
    #expect(throws: TranscriptionError.self) {
      try ActivationsFile.decode(ActivationsFile.encode(wrong), name: "song")
    }
  }

  @Test("A missing file is named in the message")
  func missing() {
    #expect {
      try ActivationsFile.load("/nowhere/song.activations")
    } throws: { error in
      "\(error)".contains("/nowhere/song.activations") && "\(error)".contains("no such file")
    }
  }

  @Test("Onset and beat tables come back as they were")
  func tables() throws {
    let onsets = [
      Onset(time: 0, drum: .kick, velocity: 1, confidence: 1),
      Onset(time: 1.000001, drum: .tomHigh, velocity: 127, confidence: 0.5),
      Onset(time: 754.25, drum: .ride, velocity: 64, confidence: 0.0123),
    ]
    let text = OnsetTable.text(onsets: onsets)
    #expect(text.hasPrefix("time_s\tclass\tvelocity\tconfidence\n0.000000\tkick\t1\t1.0000\n"))
    #expect(try OnsetTable.onsets(from: text, file: "song.tsv") == onsets)
    let beats = [Beat(time: 0.5, position: 1), Beat(time: 1, position: 2)]
    let table = OnsetTable.text(beats: beats)
    #expect(table == "time_s\tposition_in_bar\n0.500000\t1\n1.000000\t2\n")
    #expect(try OnsetTable.beats(from: table, file: "song.tsv") == beats)
  }

  @Test(
    "A damaged table names its line",
    arguments: ["1.0\tgong\t5\t1", "1.0\tkick\t0\t1", "x\tkick\t5\t1", "1.0\tkick\t5"])
  func damage(row: String) {
    let text = "time_s\tclass\tvelocity\tconfidence\n0.1\tkick\t5\t1\n\(row)\n"
    #expect {
      try OnsetTable.onsets(from: text, file: "song.tsv")
    } throws: { "\($0)".contains("song.tsv") && "\($0)".contains("line 3") }
  }
}
