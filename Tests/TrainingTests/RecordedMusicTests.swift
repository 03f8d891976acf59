import Foundation
import TestSupport
import Testing

@testable import Training

@Suite("Recordings without drums") struct RecordedMusicTests {
  /// A sine that is silent for its first half.
  static func tone(seconds: Double, frequency: Double = 500) -> [Double] {
    let count = Int(seconds * 44_100)
    return (0..<count).map {
      $0 < count / 2 ? 0 : 0.5 * sin(2 * .pi * frequency * Double($0) / 44_100)
    }
  }

  static func write(_ samples: [Double], to url: URL) throws {
    try WaveFile.bytes(samples, rate: 44_100).write(to: url)
  }

  @Test("Of a game's song folder only the stems without drums are heard, of others everything")
  func files() throws {
    let folder = try TemporaryFolder()
    let tone = Self.tone(seconds: 1)
    _ = try folder.folder("game")
    _ = try folder.folder("plain")
    for name in ["game/guitar.wav", "game/song.wav", "game/drums.wav", "plain/a.wav"] {
      try Self.write(tone, to: folder(name))
    }
    try Data("[song]".utf8).write(to: folder("game/song.ini"))
    try Data("x".utf8).write(to: folder("plain/readme.txt"))
    let music = try RecordedMusic(paths: [folder.url.path], role: .training)
    let names = music.recordings.map { URL(filePath: $0.name).lastPathComponent }
    #expect(names == ["guitar.wav", "a.wav"])
    #expect(throws: TrainingError.self) {
      try RecordedMusic(paths: [folder("nowhere").path], role: .training)
    }
  }

  @Test("Training hears the first part of a recording, validation the last")
  func roles() throws {
    let folder = try TemporaryFolder()
    try Self.write(Self.tone(seconds: 4), to: folder("a.wav"))
    let training = try RecordedMusic(paths: [folder.url.path], role: .training).recordings[0]
    let validation = try RecordedMusic(paths: [folder.url.path], role: .validation).recordings[0]
    #expect(training.range.upperBound == validation.range.lowerBound)
    #expect(abs(validation.range.upperBound - 4) < 1e-6)
  }

  @Test("Excerpts prefer what is heard, change the pitch by their speed and are reproducible")
  func excerpts() throws {
    let samples = Self.tone(seconds: 40).map { Float($0) }
    let music = RecordedMusic(recordings: [
      .init(name: "tone", audio: .init(samples), range: 0..<40, grid: nil)
    ])
    var heard = 0
    for seed in 0..<20 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let excerpt = music.pick(seconds: 2, using: &generator)
      let (audio, level) = music.audio(of: excerpt, count: 88_200)
      #expect(level > 0.6 && level < 0.8)
      guard excerpt.start > 20 else { continue }
      heard += 1
      let crossings = zip(audio, audio.dropFirst()).count { $0 < 0 && $1 >= 0 }
      #expect(abs(Double(crossings) - 1_000 * excerpt.speed) <= 2)
      #expect(music.audio(of: excerpt, count: 88_200).samples == audio)
    }
    #expect(heard >= 17)
  }

  @Test("Drums over a recording are labelled, its beats are not, and both are heard")
  func stream() throws {
    var settings = StreamSettings()
    settings.seconds = 3
    settings.mixShare = 1
    settings.drumlessShare = 0
    settings.recordings = ["named in the settings only"]
    var generator = SeededGenerator(seed: 2)
    let samples = (0..<441_000).map { _ in Float(generator.uniform(-1, 1)) }
    let stream = ExampleStream(
      settings: settings, seed: 3, kits: KitLibrary(kits: [SynthesisTests.kit()]),
      performances: [SynthesisTests.performance(.played)],
      library: AccompanimentLibrary(songs: [], soundfonts: [], count: 0, seconds: 10, seed: 1),
      recordings: RecordedMusic(recordings: [
        .init(name: "noise", audio: .init(samples), range: 0..<10, grid: nil)
      ]), reverb: try Reverb(folder: nil))
    var onsets = 0
    for i in 0..<6 {
      let example = try stream.example(i)
      #expect(example.beats.isEmpty)
      // Steady noise leaves no 50 ms silent.
      let quietest = stride(from: 0, to: example.audio.count, by: 2_205).map {
        OnsetMeasure.rootMeanSquare(example.audio[$0..<$0 + 2_205])
      }.min()
      #expect(try #require(quietest) > 0)
      onsets += example.onsets.count
    }
    #expect(onsets > 10)
  }
}
