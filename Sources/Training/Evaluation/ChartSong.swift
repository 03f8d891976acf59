package import ChartFormat
package import DrumNet
internal import FoundationEssentials
package import Transcription

/// A human's drum chart of a real song: the truth that tempo and grid are measured against.
package struct ChartSong: Sendable {
  package struct Note: Hashable, Sendable {
    /// Ticks of the human chart.
    package var tick: Int
    package var time: Double
    package var drum: DrumClass
  }

  /// One beat as the human chart has it.
  package struct TrueBeat: Hashable, Sendable {
    package var tick: Int
    package var time: Double
    /// Ticks to the next beat.
    package var length: Int
    package var position: Int
  }

  package let name: String
  package let path: String
  package let clock: MIDIClock
  /// Expert notes, ascending, at least one; two feet are two kicks.
  package let notes: [Note]
  /// From the first bar with a note to the last note.
  package let beats: [TrueBeat]
  /// Share of these bars that are in 4/4.
  package let commonShare: Double
  /// Ticks of the tempo changes before the last note, the first at 0.
  package let tempoTicks: [Int]

  /// Seconds until a moment after the last note.
  package var duration: Double { notes[notes.count - 1].time + 3 }

  /// Every how many songs by name one is kept for measuring; nothing is learned from it.
  package static let measuredStep = 8

  /// Some of the charts of a folder with an `index.csv`, in the order of their names.
  package static func load(folder: String, _ choice: Choice) throws -> [ChartSong] {
    let path = folder + "/index.csv"
    let table = try CSVTable(path: path)
    let fileColumn = try table.column("file", path: path)
    let splitColumn = try table.column("split", path: path)
    let rows = table.rows.sorted { $0[fileColumn] < $1[fileColumn] }
    let measured = stride(from: 0, to: rows.count, by: measuredStep).map { rows[$0] }
    let learned = rows.indices.filter {
      $0 % measuredStep != 0 && rows[$0][splitColumn] == MIDIPerformances.Split.train.rawValue
    }.map { rows[$0] }
    let chosen =
      switch choice {
      case .measured: measured
      case .learned: learned
      case .part(let part): learned.indices.filter(part.contains).map { learned[$0] }
      case .without(let part): learned.indices.filter { !part.contains($0) }.map { learned[$0] }
      }
    return try chosen.map { try ChartSong(path: folder + "/" + $0[fileColumn]) }
  }

  /// Which of a folder's charts.
  package enum Choice {
    /// Those kept for measuring: every eighth by name.
    case measured
    /// Those of the training split that are not among them, to learn from.
    case learned
    /// One part of those to learn from: to measure a network that learned from the others.
    case part(Part)
    /// All of those to learn from but one part.
    case without(Part)
  }

  /// One of several parts of a list, every `count`th of it, written "0/3", "1/3", "2/3".
  package struct Part: Sendable {
    let index: Int
    let count: Int

    /// `nil` for anything else.
    package init?(_ text: String) {
      let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let index = numbers[0], let count = numbers[1], count > 1,
        0..<count ~= index
      else { return nil }
      self.index = index
      self.count = count
    }

    func contains(_ position: Int) -> Bool { position % count == index }
  }

  package init(path: String) throws {
    let file = try MIDIPerformances.file(path)
    guard let track = file.track(named: "PART DRUMS") else {
      throw TrainingError(path: path, stage: "reading MIDI", reason: "there is no PART DRUMS track")
    }
    self.path = path
    name = String(path.split(separator: "/").last?.split(separator: ".").first ?? "")
    let clock = MIDIClock(file)
    self.clock = clock
    notes = Self.notes(in: track, clock)
    guard let first = notes.first?.tick, let last = notes.last?.tick, last > first else {
      throw TrainingError(path: path, stage: "reading MIDI", reason: "there are no drum notes")
    }
    var ticks: Set<Int> = [0]
    for event in file.tracks[0].events where event.tick < last {
      if case .tempo = event.kind { ticks.insert(event.tick) }
    }
    tempoTicks = ticks.sorted()
    let bars = Self.bars(of: clock, from: first, through: last)
    beats = bars.flatMap { Self.beats(of: $0, clock) }
    let common = bars.filter { $0.signature == .common }.count
    commonShare = Double(common) / Double(max(1, bars.count))
  }

  /// The human tempo map at the resolution of our charts, each tempo anew from absolute times.
  package var tempoMap: TempoMap {
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

  /// The notes as a perfect ear with a standard deviation of `jitter` seconds hears them, ascending
  /// in time, each with the index of its note.
  package func onsets(jitter: Double, seed: UInt64) -> [(onset: Onset, note: Int)] {
    var noise = SeededGenerator(seed: seed)
    return notes.indices.map { i in
      (Onset(time: max(0, noise.normal(notes[i].time, jitter)), drum: notes[i].drum), i)
    }.sorted { $0.0.time < $1.0.time }
  }
}

extension ChartSong {
  /// One bar of the human chart.
  struct Bar {
    var tick: Int
    /// Ticks; less than the metre says where the next metre cuts it short.
    var length: Int
    var signature: TimeSignature
    var isCut: Bool
  }

  /// The bars that touch a range of ticks.
  static func bars(of clock: MIDIClock, from first: Int, through last: Int) -> [Bar] {
    var bars: [Bar] = []
    for (i, metre) in clock.metres.enumerated() {
      let end = i + 1 < clock.metres.count ? clock.metres[i + 1].tick : Int.max
      let signature = metre.signature
      let length = max(1, clock.ticksPerQuarter * 4 * signature.beats / signature.unit)
      var tick = metre.tick
      while tick < end, tick <= last {
        if tick + length > first {
          bars.append(
            Bar(
              tick: tick, length: min(length, end - tick), signature: signature,
              isCut: length > end - tick))
        }
        tick += length
      }
    }
    return bars
  }

  /// The felt beats of a bar: the dotted quarter in 6/8, 9/8, 12/8, else the quarter; what is left
  /// over in 5/8, 7/8, 7/16 is a short last beat.
  private static func beats(of bar: Bar, _ clock: MIDIClock) -> [TrueBeat] {
    let quarter = clock.ticksPerQuarter
    let isCompound = bar.signature.unit == 8 && bar.signature.beats % 3 == 0
    let beat = isCompound ? quarter * 3 / 2 : quarter
    let end = bar.tick + bar.length
    return stride(from: bar.tick, to: end, by: beat).enumerated().map { i, tick in
      TrueBeat(
        tick: tick, time: clock.seconds(at: tick), length: min(beat, end - tick), position: i + 1)
    }
  }

  /// The drum of a gem: yellow, blue and green are cymbals unless their tom marker is held, and
  /// "disco flip" exchanges snare and hi-hat.
  private static func notes(in track: MIDIFile.Track, _ clock: MIDIClock) -> [Note] {
    var held = Set<UInt8>()
    var flipped = false
    var notes: [Note] = []
    var byTick: [Int: [MIDIFile.Event]] = [:]
    for event in track.events { byTick[event.tick, default: []].append(event) }
    for (tick, events) in byTick.sorted(by: { $0.key < $1.key }) {
      for event in events {
        switch event.kind {
        case .noteOn(_, let note, _) where (110...112).contains(note): held.insert(note)
        case .noteOff(_, let note): held.remove(note)
        case .text(_, let text) where text.hasPrefix("[mix 3 drums"):
          flipped = text.hasSuffix("d]")
        default: break
        }
      }
      let drums = Set(events.compactMap { drum(of: $0, held: held, flipped: flipped) })
      for drum in drums.sorted(by: { $0.rawValue < $1.rawValue }) {
        notes.append(Note(tick: tick, time: clock.seconds(at: tick), drum: drum))
      }
    }
    return notes
  }

  private static func drum(of event: MIDIFile.Event, held: Set<UInt8>, flipped: Bool) -> DrumClass?
  {
    guard case .noteOn(_, let note, _) = event.kind else { return nil }
    switch note {
    case 95, 96: return .kick
    case 97: return flipped ? .hihat : .snare
    case 98: return held.contains(110) ? .tomHigh : flipped ? .snare : .hihat
    case 99: return held.contains(111) ? .tomMid : .ride
    case 100: return held.contains(112) ? .tomLow : .crash
    default: return nil
    }
  }
}
