extension ChartMIDI {
  /// Reads the drum part, tempo map, sections and end of a `.mid` chart.
  ///
  /// Tempos are rounded to the milli-BPM of ``TempoMap``; over a song that moves notes by a few
  /// milliseconds at most. Disco flips are undone: the chart has the pads that are really hit.
  /// - Parameter file: The name to show in errors.
  package static func read(
    _ bytes: [UInt8], file: String = "notes.mid"
  ) throws(ChartError) -> Chart {
    let midi: MIDIFile
    do throws(MIDIFileError) { midi = try MIDIFile(bytes: bytes) } catch {
      throw ChartError(file: file, reason: error.description)
    }
    guard ChartLimits.resolution ~= midi.ticksPerQuarter else {
      throw ChartError(
        file: file, reason: "\(midi.ticksPerQuarter) ticks a quarter note is no usable resolution")
    }
    let lastTick = ChartLimits.lastTick(resolution: midi.ticksPerQuarter)
    guard midi.lastTick <= lastTick else {
      throw ChartError(
        file: file, reason: "position \(midi.lastTick) is beyond the end of any song")
    }
    guard let drums = midi.track(named: drumTrack) else {
      throw ChartError(file: file, reason: "there is no \(drumTrack) track")
    }
    let (sections, end, coda) = readEvents(midi.track(named: eventTrack))
    let reader = DrumTrackReader(drums, coda: coda)
    return Chart(
      metadata: SongMetadata(title: PlainText.line(midi.tracks[0].name), artist: ""),
      tempoMap: readTempoMap(midi), tracks: reader.tracks, sections: sections, end: end)
  }

  private static func readTempoMap(_ midi: MIDIFile) -> TempoMap {
    var tempos: [Int: MilliBPM] = [:]
    var metres: [Int: TimeSignature] = [:]
    for event in midi.tracks.lazy.flatMap(\.events) {
      switch event.kind {
      case .tempo(let microseconds):
        let value = Int((60e9 / Double(microseconds)).rounded())
        tempos[event.tick] = MilliBPM(
          min(max(value, ChartLimits.milliBPM.lowerBound), ChartLimits.milliBPM.upperBound))
      case .timeSignature(let signature)
      where ChartLimits.beatsInBar ~= signature.beats && signature.unit <= 64:
        metres[event.tick] = signature
      default: break
      }
    }
    if tempos[0] == nil {
      tempos[0] = tempos.min { $0.key < $1.key }?.value ?? MilliBPM(120_000)
    }
    if metres[0] == nil { metres[0] = .common }
    return TempoMap(
      resolution: midi.ticksPerQuarter,
      tempos: tempos.sorted { $0.key < $1.key }.map { .init(tick: Tick($0.key), tempo: $0.value) },
      metres: metres.sorted { $0.key < $1.key }
        .map { .init(tick: Tick($0.key), signature: $0.value) })
  }

  private static func readEvents(
    _ track: MIDIFile.Track?
  ) -> (sections: [Section], end: Tick?, coda: Int?) {
    var sections: [Int: Section] = [:]
    var end: Tick?
    var coda: Int?
    for event in track?.events ?? [] {
      guard case .text(let type, let text) = event.kind, type != 3 else { continue }
      switch SongEvent(text[...]) {
      case .section(let name): sections[event.tick] = Section(tick: Tick(event.tick), name: name)
      case .end: end = Tick(event.tick)
      case nil: if text == "[coda]" { coda = coda ?? event.tick }
      }
    }
    return (sections.values.sorted { $0.tick < $1.tick }, end, coda)
  }
}

/// Takes a `PART DRUMS` track apart.
private struct DrumTrackReader {
  /// A held note.
  private struct Span {
    var start: Int
    var end: Int
    var velocity: UInt8
  }

  private var spans: [Int: [Span]] = [:]
  /// Ticks at which the tier's disco flip is switched on or off.
  private var flips: [Difficulty: [(tick: Int, isOn: Bool)]] = [:]
  private var hasDynamics = false
  private let coda: Int?

  init(_ track: MIDIFile.Track, coda: Int?) {
    self.coda = coda
    var held: [Int: Span] = [:]
    for event in track.events {
      switch event.kind {
      case .noteOn(_, let note, let velocity):
        release(Int(note), at: event.tick, &held)
        held[Int(note)] = Span(start: event.tick, end: event.tick, velocity: velocity)
      case .noteOff(_, let note): release(Int(note), at: event.tick, &held)
      case .text(_, let text): readText(text, at: event.tick)
      default: break
      }
    }
    for note in held.keys { release(note, at: track.events.last?.tick ?? 0, &held) }
  }

  private mutating func release(_ note: Int, at tick: Int, _ held: inout [Int: Span]) {
    guard var span = held.removeValue(forKey: note) else { return }
    span.end = tick
    spans[note, default: []].append(span)
  }

  private mutating func readText(_ text: String, at tick: Int) {
    let text = text.trimmingBrackets
    if text == ChartMIDI.dynamicsSwitch { hasDynamics = true }
    let words = PlainText.words(text)
    guard words.count == 3, words[0] == "mix", let number = Int(words[1]),
      let tier = Difficulty(rawValue: number), words[2].hasPrefix("drums")
    else { return }
    // "drums0d" flips, "drums0" and "drums0dnoflip" do not.
    flips[tier, default: []].append((tick, words[2].last == "d"))
  }

  /// Every tier that has notes.
  var tracks: [Difficulty: DrumTrack] {
    let isFiveLane = Difficulty.allCases.contains {
      spans[ChartMIDI.Note.kick($0) + ChartText.NoteCode.fifthLane] != nil
    }
    var result: [Difficulty: DrumTrack] = [:]
    for tier in Difficulty.allCases {
      let codes = codes(of: tier, isFiveLane: isFiveLane)
      guard !codes.isEmpty else { continue }
      result[tier] = TrackCodes(codes: codes, phrases: phrases(of: tier)).track(isFiveLane)
    }
    return result
  }

  /// The tier's notes as the codes of a `.chart` track.
  private func codes(of tier: Difficulty, isFiveLane: Bool) -> [Int: Set<Int>] {
    var codes: [Int: Set<Int>] = [:]
    let toms = (0..<3).map { SpanFinder(spans[ChartMIDI.Note.yellowTom + $0] ?? []) }
    for lane in 0...ChartText.NoteCode.fifthLane {
      for span in spans[ChartMIDI.Note.kick(tier) + lane] ?? [] {
        var lane = lane
        var isCymbal = 2...4 ~= lane && !isFiveLane && !toms[lane - 2].contains(span.start)
        if isFlipped(tier, at: span.start), lane == 1 || (lane == 2 && isCymbal) {
          lane = lane == 1 ? 2 : 1
          isCymbal = lane == 2
        }
        codes[span.start, default: []].insert(lane)
        if isCymbal { codes[span.start, default: []].insert(ChartText.NoteCode.cymbal + lane) }
        guard hasDynamics, lane > 0 else { continue }
        if span.velocity == ChartMIDI.Velocity.ghost {
          codes[span.start, default: []].insert(ChartText.NoteCode.ghost + lane)
        } else if span.velocity == ChartMIDI.Velocity.accent {
          codes[span.start, default: []].insert(ChartText.NoteCode.accent + lane)
        }
      }
    }
    if tier == .expert {
      for span in spans[ChartMIDI.Note.secondKick] ?? [] {
        codes[span.start, default: []].insert(ChartText.NoteCode.secondKick)
      }
    }
    return codes
  }

  private func isFlipped(_ tier: Difficulty, at tick: Int) -> Bool {
    flips[tier]?.last { $0.tick <= tick }?.isOn ?? false
  }

  private func phrases(of tier: Difficulty) -> DrumTrack {
    var track = DrumTrack()
    func phrases(_ note: Int, where keep: (Span) -> Bool = { _ in true }) -> [Phrase] {
      (spans[note] ?? []).filter(keep).map {
        Phrase(start: Tick($0.start), length: Tick($0.end - $0.start))
      }
    }
    track.starPower = phrases(ChartMIDI.Note.starPower)
    track.solos = phrases(ChartMIDI.Note.solo)
    // What follows the coda is a big rock ending, not an activation.
    track.fills = phrases(ChartMIDI.Note.fill) { $0.start < coda ?? .max }
    func isPlayed(_ roll: Span) -> Bool {
      tier == .expert
        || (tier == .hard && ChartMIDI.Note.hardRollVelocity ~= Int(roll.velocity))
    }
    track.singleRolls = phrases(ChartMIDI.Note.singleRoll, where: isPlayed)
    track.doubleRolls = phrases(ChartMIDI.Note.doubleRoll, where: isPlayed)
    return track
  }

  /// Whether a tick lies in one of many spans, which begin in ascending order.
  private struct SpanFinder {
    private let spans: [Span]

    init(_ spans: [Span]) { self.spans = spans }

    func contains(_ tick: Int) -> Bool {
      var low = 0
      var high = spans.count
      while low < high {
        let middle = (low + high) / 2
        if spans[middle].start <= tick { low = middle + 1 } else { high = middle }
      }
      return low > 0 && tick < spans[low - 1].end
    }
  }
}

extension String {
  fileprivate var trimmingBrackets: Substring {
    let text = PlainText.trim(self[...])
    return text.first == "[" && text.last == "]" && text.count >= 2
      ? text.dropFirst().dropLast() : text
  }
}
