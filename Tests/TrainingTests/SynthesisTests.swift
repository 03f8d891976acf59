import DrumNet
import Foundation
import TestSupport
import Testing
import Transcription

@testable import Training

@Suite("Rendering drums") struct SynthesisTests {
  /// A kit of decaying noise: every stroke begins with a soft 1 ms rise after 3 ms of silence.
  static func kit(seed: UInt64 = 5) -> DrumKit {
    var generator = SeededGenerator(seed: seed)
    var voices: [Articulation: [DrumVoice]] = [:]
    for articulation in Articulation.allCases {
      let samples = [30, 60, 90, 127].map { velocity in
        let samples = (0..<8_000).map { i -> Float in
          let t = i - 132
          guard t >= 0 else { return 0 }
          let envelope = min(1, Float(t) / 44) * Float(exp(-Double(t) / 1_500))
          return envelope * Float(generator.uniform(-1, 1)) * Float(velocity) / 127
        }
        return DrumSample(close: samples, velocity: velocity)
      }
      voices[articulation] = [
        DrumVoice(name: "\(articulation)", samples: samples, articulation: articulation)
      ]
    }
    return DrumKit(name: "noise", voices: voices)
  }

  static func performance(_ origin: Performance.Origin) -> Performance {
    let grid = BeatGrid(beatsPerMinute: 120, beatsPerBar: 4, seconds: 60)
    let hits = (0..<200).flatMap { i -> [PerformedHit] in
      let drum = [Articulation.kick, .hihatClosed, .snare, .hihatOpen, .tomLow, .crash][i % 6]
      return [PerformedHit(beat: Double(i) / 2, articulation: drum, velocity: 60 + i % 60)]
    }
    return Performance(name: "p", origin: origin, hits: hits, grid: grid)
  }

  static func stream(_ change: (inout StreamSettings) -> Void = { _ in }) throws -> ExampleStream {
    var settings = StreamSettings()
    settings.seconds = 3
    change(&settings)
    return ExampleStream(
      settings: settings, seed: 11, kits: KitLibrary(kits: [kit(), kit(seed: 6)]),
      performances: [performance(.played), performance(.chart)],
      library: AccompanimentLibrary(
        songs: [], soundfonts: [], count: 0, seconds: 10, seed: 1),
      reverb: try Reverb(folder: nil))
  }

  @Test("An onset is where a tenth of the first 30 ms' peak is reached, between two samples")
  func onsetDefinition() throws {
    var samples = [Float](repeating: 0, count: 4_410)
    samples[100] = 0.05
    samples[101] = 0.15
    samples[110] = -1
    samples[3_000] = 50
    let onset = try #require(OnsetMeasure.onset(of: samples, sampleRate: 44_100))
    #expect(abs(onset * 44_100 - 100.5) < 1e-3)
    #expect(OnsetMeasure.onset(of: [0, 0, 0], sampleRate: 44_100) == nil)
  }

  @Test("Every stroke sounds within 0.5 ms of its label, whatever its tuning and damping")
  func alignment() throws {
    let kit = Self.kit()
    for seed in 0..<40 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let mixed = VirtualKit(mixing: [kit], weights: [1], spread: 1, using: &generator)
      let articulation = generator.pick(Articulation.allCases.filter { $0 != .percussion })
      let time = generator.uniform(0.05, 0.3)
      var audio = [Float](repeating: 0, count: 44_100)
      DrumRenderer.render(
        [TimedHit(time: time, articulation: articulation, velocity: generator.integer(30...127))],
        kit: mixed, into: &audio, using: &generator)
      let start = Int((time - 0.01) * 44_100)
      let onset = try #require(
        OnsetMeasure.onset(of: Array(audio[start...]), sampleRate: 44_100))
      #expect(abs(onset + Double(start) / 44_100 - time) < 0.000_5)
    }
  }

  @Test("A stroke before the window is heard from its middle and not labelled")
  func preroll() {
    var generator = SeededGenerator(seed: 1)
    let kit = VirtualKit(recorded: Self.kit())
    let hits = [TimedHit(time: -0.02, articulation: .crash, velocity: 120)]
    var audio = [Float](repeating: 0, count: 4_410)
    DrumRenderer.render(hits, kit: kit, into: &audio, using: &generator)
    #expect(OnsetMeasure.peak(audio[..<100]) > 0.001)
    #expect(Labels.onsets(of: hits, seconds: 0.1).isEmpty)
  }

  @Test("An open hat falls silent when the hats are closed, a crash rings on")
  func choke() {
    let kit = VirtualKit(recorded: Self.kit())
    func tail(_ articulation: Articulation) -> Float {
      var generator = SeededGenerator(seed: 1)
      let first = TimedHit(time: 0, articulation: articulation, velocity: 127)
      let pedal = TimedHit(time: 0.03, articulation: .hihatPedal, velocity: 1)
      var audio = [Float](repeating: 0, count: 8_000)
      DrumRenderer.render([first, pedal], kit: kit, into: &audio, using: &generator)
      return OnsetMeasure.rootMeanSquare(audio[3_500...])
    }
    #expect(tail(.hihatOpen) < 0.1 * tail(.crash))
  }

  @Test("Harder strokes are louder")
  func dynamics() {
    let kit = VirtualKit(recorded: Self.kit())
    let levels = [20, 50, 80, 120].map { velocity -> Float in
      var generator = SeededGenerator(seed: 3)
      var audio = [Float](repeating: 0, count: 8_000)
      DrumRenderer.render(
        [TimedHit(time: 0, articulation: .snare, velocity: velocity)], kit: kit, into: &audio,
        using: &generator)
      return OnsetMeasure.rootMeanSquare(audio)
    }
    #expect(zip(levels, levels.dropFirst()).allSatisfy { $0 * 1.2 < $1 })
  }

  @Test("Labels merge what is one stroke to the ear and leave out what nobody hears")
  func labels() {
    let hits = [
      TimedHit(time: 0.1, articulation: .snare, velocity: 60),
      TimedHit(time: 0.11, articulation: .snareRim, velocity: 100),
      TimedHit(time: 0.13, articulation: .snare, velocity: 50),
      TimedHit(time: 0.105, articulation: .hihatOpen, velocity: 70),
      TimedHit(time: 0.3, articulation: .kick, velocity: 5),
      TimedHit(time: 0.4, articulation: .percussion, velocity: 100),
      TimedHit(time: 0.99, articulation: .kick, velocity: 90),
      TimedHit(time: 1.0, articulation: .kick, velocity: 90),
    ]
    let onsets = Labels.onsets(of: hits, seconds: 1)
    #expect(onsets.map(\.drum) == [.snare, .hihat, .snare, .kick])
    #expect(onsets.map(\.velocity) == [100, 70, 50, 90])
    #expect(onsets.map(\.isOpen) == [false, true, false, false])
  }

  @Test("The same index gives the same example on every thread, another index another")
  func determinism() async throws {
    let stream = try Self.stream()
    let first = try (0..<4).map { try stream.example($0) }
    let again = try await withThrowingTaskGroup(of: (Int, TrainingExample).self) { group in
      for i in 0..<4 { group.addTask { (i, try stream.example(i)) } }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for i in 0..<4 {
      let other = try #require(again[i])
      #expect(first[i].audio == other.audio)
      #expect(first[i].onsets == other.onsets && first[i].beats == other.beats)
    }
    #expect(first[0].audio != first[1].audio)
  }

  @Test("Examples are finite, within full scale, as long as asked, with labels inside and in order")
  func sanity() throws {
    let stream = try Self.stream()
    var onsets = 0
    for i in 10..<34 {
      let example = try stream.example(i)
      #expect(example.audio.count == 3 * 44_100)
      #expect(example.audio.allSatisfy { $0.isFinite && abs($0) <= 1.5 })
      #expect(zip(example.onsets, example.onsets.dropFirst()).allSatisfy { $0.time <= $1.time })
      #expect(example.onsets.allSatisfy { $0.time >= 0 && $0.time < 3 })
      #expect(example.beats.allSatisfy { $0.time >= 0 && $0.time < 3 && $0.position >= 1 })
      onsets += example.onsets.count
    }
    #expect(onsets > 100)
  }

  @Test("An example is the same again after an encoder, and keeps its length and labels")
  func codecs() throws {
    let plain = try Self.stream { $0.codecShare = 0 }
    let encoded = try Self.stream { $0.codecShare = 1 }
    for i in 0..<3 {
      let example = try encoded.example(i)
      #expect(try encoded.example(i).audio == example.audio)
      let original = try plain.example(i)
      #expect(example.audio.count == original.audio.count && example.audio != original.audio)
      #expect(example.onsets == original.onsets)
    }
  }

  @Test("Buried drums lie in the quietest third of the range")
  func buried() throws {
    var settings = StreamSettings()
    settings.buriedShare = 1
    settings.quietestDrums = -12
    settings.loudestDrums = 9
    let composer = Composer(
      settings: settings, played: [], charts: [],
      library: AccompanimentLibrary(songs: [], soundfonts: [], count: 0, seconds: 1, seed: 1),
      recordings: RecordedMusic(recordings: []))
    for i in 0..<30 {
      var generator = SeededGenerator(seed: 1, index: i)
      let balance = composer.plan(i, using: &generator).balance
      #expect(balance >= -12 && balance <= -5)
    }
  }

  @Test("A chart's blue cymbal far from all others is played on a crash, a row on one cymbal")
  func loneCymbals() {
    let green = PerformedHit(beat: 9, articulation: .crash, velocity: 100)
    let blues = [0, 3, 3.5, 4, 8, 12, 20].map {
      PerformedHit(beat: $0, articulation: .rideBow, velocity: 100)
    }
    var rows: Set<Articulation> = []
    for seed in 1...200 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let hits = PerformanceVariation.vary(
        (blues + [green]).sorted { $0.beat < $1.beat }, origin: .chart, using: &generator)
      let played = Dictionary(grouping: hits, by: \.beat).compactMapValues(\.first?.articulation)
      for lone in [0, 12, 20] {
        guard let articulation = played[Double(lone)] else { continue }
        #expect(articulation == .crash || articulation == .crash2)
      }
      let row = Set([3, 3.5, 4, 8].compactMap { played[$0] })
      #expect(row.count <= 1)
      rows.formUnion(row)
    }
    #expect(rows.contains(.rideBow) && rows.count >= 4)
  }

  @Test("Settings written before a field existed keep its default")
  func settingsDecode() throws {
    let settings = try JSONDecoder().decode(
      StreamSettings.self, from: Data(#"{"seconds": 4, "kits": ["a"]}"#.utf8))
    var expected = StreamSettings()
    expected.seconds = 4
    expected.kits = ["a"]
    #expect(settings == expected)
    let copy = try JSONDecoder().decode(
      StreamSettings.self, from: try JSONEncoder().encode(expected))
    #expect(copy == expected)
  }

  @Test(
    "A kit folder of the data pack decodes and its first snare sounds at its label",
    .enabled(if: Repository.dataPack("kits") != nil, "the data pack is not beside the checkout"))
  func kitFolder() throws {
    let folder = try #require(Repository.dataPack("kits")).path
    let kit = try KitFolder.load(path: folder + "/muldjord")
    #expect(kit.sampleCount == 207)
    let instruments = VirtualKit(recorded: kit)
    for articulation in [Articulation.kick, .snare, .tomMid, .crash, .rideBow] {
      var generator = SeededGenerator(seed: 2)
      var audio = [Float](repeating: 0, count: 44_100)
      DrumRenderer.render(
        [TimedHit(time: 0.1, articulation: articulation, velocity: 100)], kit: instruments,
        into: &audio, using: &generator)
      let onset = try #require(
        OnsetMeasure.onset(of: Array(audio[(4_410 - 88)...]), sampleRate: 44_100))
      #expect(abs(onset - 0.002) < 0.002, "\(articulation)")
    }
  }
}
