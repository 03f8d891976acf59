import ChartFormat
import DrumNet
import Foundation
import TestSupport
import Transcription

@testable import Training

/// A drum part at 120 beats a minute that no pattern repeats, its sound, and its files in every
/// layout that corpora have.
struct FakeSong {
  /// Ticks (480 a beat) and drums, at most one drum a pad and tick.
  var strokes: [(tick: Int, drum: DrumClass)] = []
  var seconds: Double

  init(strokes: [(tick: Int, drum: DrumClass)], seconds: Double) {
    self.strokes = strokes
    self.seconds = seconds
  }

  init(seconds: Double = 26, seed: UInt64 = 1) {
    self.seconds = seconds
    var generator = SeededGenerator(seed: seed)
    // Sixteenths from one second on.
    for step in 8..<Int((seconds - 1) * 8) {
      if generator.chance(0.5) { strokes.append((step * 120, .hihat)) }
      if generator.chance(0.3) { strokes.append((step * 120, .kick)) }
      if generator.chance(0.25) {
        strokes.append((step * 120, generator.pick([.snare, .snare, .crash, .tomMid, .tomLow])))
      }
    }
  }

  func time(_ tick: Int) -> Double { Double(tick) / 960 }

  var onsets: [Onset] { strokes.map { Onset(time: time($0.tick), drum: $0.drum, velocity: 100) } }

  /// The sound, `delay` seconds late and slower by `stretch`; a kit of noise, hats high, kicks low.
  func audio(delay: Double = 0, stretch: Double = 1) -> [Float] {
    let hits = strokes.map { stroke -> TimedHit in
      let articulation: Articulation =
        switch stroke.drum {
        case .kick: .kick
        case .snare: .snare
        case .tomHigh: .tomHigh
        case .tomMid: .tomMid
        case .tomLow: .tomLow
        case .hihat: .hihatClosed
        case .crash: .crash
        case .ride: .rideBow
        }
      return TimedHit(
        time: time(stroke.tick) * stretch + delay, articulation: articulation, velocity: 100)
    }
    var samples = [Float](repeating: 0, count: Int(seconds * 44_100))
    var generator = SeededGenerator(seed: 7)
    DrumRenderer.render(
      hits, kit: VirtualKit(recorded: Self.kit), into: &samples, using: &generator)
    return samples
  }

  private static let kit: DrumKit = {
    var kit = SynthesisTests.kit()
    for (articulation, voices) in kit.voices {
      kit.voices[articulation] = voices.map { voice in
        let samples = voice.samples.map { sample -> DrumSample in
          var sound = sample.close.map { Float($0) * sample.scale }
          switch articulation.drum {
          case .kick: Biquad.lowPass(frequency: 120).apply(to: &sound)
          case .hihat, .crash, .ride: Biquad.highPass(frequency: 6_000).apply(to: &sound)
          default: break
          }
          return DrumSample(close: sound, velocity: sample.velocity)
        }
        return DrumVoice(name: voice.name, samples: samples, articulation: articulation)
      }
    }
    return kit
  }()

  // MARK: Files

  static func write(_ samples: [Float], to url: URL) throws {
    let peak = max(OnsetMeasure.peak(samples), 1e-6)
    try WaveFile.bytes(samples.map { Double(0.9 * $0 / peak) }, rate: 44_100).write(to: url)
  }

  /// General MIDI, as a drum module or a sequencer writes it.
  var midi: Data {
    let notes: [DrumClass: UInt8] = [
      .kick: 36, .snare: 38, .hihat: 42, .tomHigh: 50, .tomMid: 47, .tomLow: 43, .crash: 49,
      .ride: 51,
    ]
    var events: [MIDIFile.Event] = [.init(tick: 0, kind: .tempo(microsecondsPerQuarter: 500_000))]
    for (tick, drum) in strokes {
      events.append(.init(tick: tick, kind: .noteOn(channel: 9, note: notes[drum]!, velocity: 90)))
    }
    return Data(MIDIFile(ticksPerQuarter: 480, tracks: [.init(events: events)]).bytes())
  }

  var chart: Chart {
    var track = DrumTrack()
    track.notes = strokes.map { stroke in
      let tick = Tick(stroke.tick)
      return switch stroke.drum {
      case .kick: DrumNote(tick: tick, pad: .kick)
      case .snare: DrumNote(tick: tick, pad: .red)
      case .hihat: DrumNote(tick: tick, pad: .yellow, isCymbal: true)
      case .ride: DrumNote(tick: tick, pad: .blue, isCymbal: true)
      case .crash: DrumNote(tick: tick, pad: .green, isCymbal: true)
      case .tomHigh: DrumNote(tick: tick, pad: .yellow)
      case .tomMid: DrumNote(tick: tick, pad: .blue)
      case .tomLow: DrumNote(tick: tick, pad: .green)
      }
    }.sorted { ($0.tick, $0.pad) < ($1.tick, $1.pad) }
    return Chart(
      metadata: SongMetadata(title: "T", artist: "A"),
      tempoMap: TempoMap(
        resolution: 480, tempos: [.init(tick: .zero, tempo: MilliBPM(120_000))],
        metres: [.init(tick: .zero, signature: .common)]), tracks: [.expert: track])
  }

  /// A song folder with the chart and the drums as a stem beside a backing tone.
  func writeGame(_ folder: URL, midi: Bool = false, delay: Double = 0, stretch: Double = 1) throws {
    let chart = chart
    try (midi ? Data(ChartMIDI.write(chart)) : Data(ChartText.write(chart).utf8))
      .write(to: folder.appending(path: midi ? "notes.mid" : "notes.chart"))
    try Self.write(
      audio(delay: delay, stretch: stretch), to: folder.appending(path: "drums.wav"))
    let tone = (0..<Int(seconds * 44_100)).map { Float(0.2 * sin(Double($0) / 10)) }
    try Self.write(tone, to: folder.appending(path: "song.wav"))
  }

  /// Lines of time and a corpus's own name for the drum.
  func text(_ names: [DrumClass: String], velocity: String = "") -> Data {
    Data(
      strokes.map { "\(time($0.tick))\t\(names[$0.drum]!)\(velocity)\n" }.joined().utf8)
  }
}
