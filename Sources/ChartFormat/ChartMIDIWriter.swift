extension ChartMIDI {
  /// A `.mid` chart with the same notes, on the chart's own resolution.
  ///
  /// The tom markers are shared by all tiers, so a colour must not be a tom in one tier and a
  /// cymbal in another at the same tick; reductions keep to that.
  package static func write(_ chart: Chart) -> [UInt8] {
    MIDIFile(
      ticksPerQuarter: chart.tempoMap.resolution,
      tracks: [tempoTrack(chart), drumTrack(chart), eventTrack(chart)]
    ).bytes()
  }

  private static func tempoTrack(_ chart: Chart) -> MIDIFile.Track {
    var builder = TrackBuilder(name: PlainText.line(chart.metadata.title))
    for metre in chart.tempoMap.metres {
      builder.add(.timeSignature(metre.signature), at: metre.tick)
    }
    for tempo in chart.tempoMap.tempos {
      // Three bytes hold 16.7 seconds at most.
      let microseconds = Int((60e9 / Double(tempo.tempo.value)).rounded())
      builder.add(
        .tempo(microsecondsPerQuarter: min(max(microseconds, 1), 0xFF_FFFF)), at: tempo.tick)
    }
    return builder.track
  }

  private static func eventTrack(_ chart: Chart) -> MIDIFile.Track {
    var builder = TrackBuilder(name: eventTrack)
    for section in chart.sections {
      builder.add(.text(type: 1, "[section \(PlainText.quotable(section.name))]"), at: section.tick)
    }
    if let end = chart.end { builder.add(.text(type: 1, "[end]"), at: end) }
    return builder.track
  }

  private static func drumTrack(_ chart: Chart) -> MIDIFile.Track {
    var builder = TrackBuilder(name: drumTrack)
    let notes = chart.tracks.values.flatMap(\.notes)
    if notes.contains(where: { $0.dynamic != .normal }) {
      builder.add(.text(type: 1, "[\(dynamicsSwitch)]"), at: .zero)
    }
    let longest = max(1, chart.tempoMap.resolution / 8)
    for (tier, track) in chart.tracks {
      for pad in DrumPad.allCases {
        let hits = track.notes.filter { $0.pad == pad && !$0.isSecondKick }
        builder.add(
          note: Note.kick(tier) + pad.rawValue,
          hits.map { ($0.tick, velocity($0.dynamic)) }, longest: longest)
      }
    }
    let top = chart.tracks.max { $0.key < $1.key }?.value ?? DrumTrack()
    builder.add(
      note: Note.secondKick,
      top.notes.filter(\.isSecondKick).map { ($0.tick, Velocity.normal) }, longest: longest)
    for (i, pad) in [DrumPad.yellow, .blue, .green].enumerated() {
      let toms = Set(notes.filter { $0.pad == pad && !$0.isCymbal }.map(\.tick)).sorted()
      let cymbals = notes.filter { $0.pad == pad && $0.isCymbal }.map(\.tick)
      let all = Set(toms).union(cymbals).sorted()
      builder.addMarkers(note: Note.yellowTom + i, toms, among: all, longest: longest)
    }
    builder.add(phrases: top.starPower, note: Note.starPower)
    builder.add(phrases: top.solos, note: Note.solo)
    for lane in 0..<Note.fillCount { builder.add(phrases: top.fills, note: Note.fill + lane) }
    builder.add(phrases: top.singleRolls, note: Note.singleRoll)
    builder.add(phrases: top.doubleRolls, note: Note.doubleRoll)
    return builder.track
  }

  private static func velocity(_ dynamic: Dynamic) -> UInt8 {
    switch dynamic {
    case .normal: Velocity.normal
    case .ghost: Velocity.ghost
    case .accent: Velocity.accent
    }
  }
}

/// Collects a track's events in any order.
private struct TrackBuilder {
  /// At one tick: text and tempo, then releases, then strokes.
  private var events: [(tick: Int, rank: Int, kind: MIDIFile.Kind)] = []
  private let name: String

  init(name: String) { self.name = name }

  mutating func add(_ kind: MIDIFile.Kind, at tick: Tick) { events.append((tick.value, 0, kind)) }

  /// Strokes in ascending order, each released before the next of the same note.
  mutating func add(note: Int, _ hits: [(tick: Tick, velocity: UInt8)], longest: Int) {
    for (i, hit) in hits.enumerated() {
      let next = i + 1 < hits.count ? hits[i + 1].tick.value : .max
      hold(note, from: hit.tick.value, to: min(hit.tick.value + longest, next), hit.velocity)
    }
  }

  /// Markers over some ticks that end before the next of all ticks.
  mutating func addMarkers(note: Int, _ ticks: [Tick], among all: [Tick], longest: Int) {
    let marked = Set(ticks)
    for (i, tick) in all.enumerated() where marked.contains(tick) {
      let next = i + 1 < all.count ? all[i + 1].value : .max
      hold(note, from: tick.value, to: min(tick.value + longest, next), ChartMIDI.Velocity.normal)
    }
  }

  mutating func add(phrases: [Phrase], note: Int) {
    for phrase in phrases where phrase.length > .zero {
      hold(
        note, from: phrase.start.value, to: (phrase.start + phrase.length).value,
        ChartMIDI.Velocity.normal)
    }
  }

  private mutating func hold(_ note: Int, from start: Int, to end: Int, _ velocity: UInt8) {
    let note = UInt8(note)
    events.append((start, 2, .noteOn(channel: 0, note: note, velocity: velocity)))
    events.append((end, 1, .noteOff(channel: 0, note: note)))
  }

  var track: MIDIFile.Track {
    let sorted = events.indices.sorted {
      (events[$0].tick, events[$0].rank, $0) < (events[$1].tick, events[$1].rank, $1)
    }
    let title = MIDIFile.Event(tick: 0, kind: .text(type: 3, name))
    return MIDIFile.Track(
      events: [title] + sorted.map { .init(tick: events[$0].tick, kind: events[$0].kind) })
  }
}
