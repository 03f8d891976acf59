import ChartFormat
import DrumNet
import Foundation
import TestSupport
import Transcription

/// A human's drum chart of a real song: the truth that tempo and grid are measured against.
struct RockBandSong {
  struct Note {
    /// Ticks of the human chart.
    var tick: Int
    var time: Double
    var drum: DrumClass
  }

  /// One beat as the human chart has it.
  struct TrueBeat {
    var tick: Int
    var time: Double
    /// Ticks to the next beat.
    var length: Int
    var position: Int
  }

  var name: String
  var clock: MIDIClock
  /// Expert notes, ascending; two feet are two kicks.
  var notes: [Note]
  /// From the first bar with a note to the last note.
  var beats: [TrueBeat]
  /// Share of the bars between first and last note that are in 4/4.
  var commonShare: Double
  /// Ticks of the tempo changes, the first at 0.
  var tempoTicks: [Int]
  var duration: Double

  static let folder = Repository.dataPack("rockband-charts")

  /// Names of all songs of the given split (`train` or `validation`), in alphabetical order.
  static func names(split: String) -> [String] {
    guard let folder,
      let index = try? String(contentsOf: folder.appending(path: "index.csv"), encoding: .utf8)
    else { return [] }
    return index.split(whereSeparator: \.isNewline).dropFirst().filter { $0.hasSuffix(split) }
      .compactMap { $0.split(separator: ",").first.map(String.init) }.sorted()
  }

  var tempoMarkers: Int { tempoTicks.count }

  init(_ name: String) throws {
    let url = Self.folder!.appending(path: name + ".mid")
    let file = try MIDIFile(bytes: [UInt8](Data(contentsOf: url)))
    self.name = name
    clock = MIDIClock(file)
    let quarter = file.ticksPerQuarter
    notes = Self.notes(in: file.track(named: "PART DRUMS")!, clock)
    let last = notes[notes.count - 1].tick
    var ticks: Set<Int> = [0]
    for event in file.tracks[0].events where event.tick < last {
      if case .tempo = event.kind { ticks.insert(event.tick) }
    }
    tempoTicks = ticks.sorted()
    duration = notes.last!.time + 3
    beats = []
    var common = 0
    var bars = 0
    let lastTick = notes.last!.tick
    let firstTick = notes.first!.tick
    for (i, metre) in clock.metres.enumerated() {
      let end = i + 1 < clock.metres.count ? clock.metres[i + 1].tick : Int.max
      let signature = metre.signature
      let length = quarter * 4 * signature.beats / signature.unit
      // The felt beat: the dotted quarter in 6/8, 9/8, 12/8, else the quarter; what is left over
      // in 5/8, 7/8, 7/16 ... is a short last beat.
      let beat =
        signature.unit == 8 && signature.beats % 3 == 0 ? quarter * 3 / 2 : quarter
      var bar = metre.tick
      while bar < end && bar <= lastTick {
        if bar + length > firstTick {
          bars += 1
          if signature.beats == 4 && signature.unit == 4 { common += 1 }
          var position = 1
          var tick = bar
          while tick < min(bar + length, end) {
            let next = min(tick + beat, bar + length, end)
            beats.append(
              TrueBeat(
                tick: tick, time: clock.seconds(at: tick), length: next - tick, position: position))
            position += 1
            tick = next
          }
        }
        bar += length
      }
    }
    commonShare = Double(common) / Double(max(1, bars))
  }

  /// The human tempo map at the resolution of our charts, each tempo anew from absolute times.
  var tempoMap: TempoMap {
    let scale = Double(TempoFit.resolution) / Double(clock.ticksPerQuarter)
    func tick(_ human: Int) -> Tick { Tick(Int((Double(human) * scale).rounded())) }
    var metres: [TempoMap.Metre] = []
    for metre in clock.metres {
      if metres.last?.tick == tick(metre.tick) { metres.removeLast() }
      metres.append(.init(tick: tick(metre.tick), signature: metre.signature))
    }
    var tempos: [TempoMap.Tempo] = []
    var reached = 0.0
    let ends = tempoTicks.dropFirst() + [notes[notes.count - 1].tick + clock.ticksPerQuarter]
    for (start, end) in zip(tempoTicks, ends) where tick(end) > tick(start) {
      let quarters = Double((tick(end) - tick(start)).value) / Double(TempoFit.resolution)
      let tempo = MilliBPM(Int((60_000 * quarters / (clock.seconds(at: end) - reached)).rounded()))
      tempos.append(.init(tick: tick(start), tempo: tempo))
      reached += quarters * tempo.secondsPerBeat
    }
    return TempoMap(resolution: TempoFit.resolution, tempos: tempos, metres: metres)
  }

  /// The drum of a gem: yellow, blue and green are cymbals unless their tom marker is held, and
  /// "disco flip" exchanges snare and hi-hat.
  private static func notes(in track: MIDIFile.Track, _ clock: MIDIClock) -> [Note] {
    var held = Set<UInt8>()
    var flipped = false
    var notes: [Note] = []
    var byTick: [Int: [MIDIFile.Event]] = [:]
    for event in track.events { byTick[event.tick, default: []].append(event) }
    for tick in byTick.keys.sorted() {
      for event in byTick[tick]! {
        switch event.kind {
        case .noteOn(_, let note, _) where (110...112).contains(note): held.insert(note)
        case .noteOff(_, let note): held.remove(note)
        case .text(_, let text) where text.hasPrefix("[mix 3 drums"):
          flipped = text.hasSuffix("d]")
        default: break
        }
      }
      var drums = Set<DrumClass>()
      for event in byTick[tick]! {
        guard case .noteOn(_, let note, _) = event.kind else { continue }
        switch note {
        case 95, 96: drums.insert(.kick)
        case 97: drums.insert(flipped ? .hihat : .snare)
        case 98: drums.insert(held.contains(110) ? .tomHigh : flipped ? .snare : .hihat)
        case 99: drums.insert(held.contains(111) ? .tomMid : .ride)
        case 100: drums.insert(held.contains(112) ? .tomLow : .crash)
        default: break
        }
      }
      for drum in drums.sorted(by: { $0.rawValue < $1.rawValue }) {
        notes.append(Note(tick: tick, time: clock.seconds(at: tick), drum: drum))
      }
    }
    return notes
  }

  /// The notes as a perfect ear with a standard deviation of `jitter` seconds hears them.
  func onsets(jitter: Double, seed: UInt64) -> [(onset: Onset, note: Int)] {
    var noise = GaussianNoise(seed: seed)
    return notes.indices.map { i in
      (Onset(time: max(0, notes[i].time + jitter * noise.next()), drum: notes[i].drum), i)
    }.sorted { $0.0.time < $1.0.time }
  }
}

/// Seeded Gaussian noise (SplitMix64, Box-Muller).
struct GaussianNoise {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return (Double(z >> 11) + 0.5) / 9_007_199_254_740_992
  }

  mutating func next() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }
}
