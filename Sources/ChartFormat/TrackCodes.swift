/// A drum track as the codes of a `.chart` file, before they are put together to notes.
struct TrackCodes {
  private var codes: [Int: Set<Int>] = [:]
  private var phrases = DrumTrack()
  private(set) var hasFifthLane = false

  init(codes: [Int: Set<Int>], phrases: DrumTrack) {
    self.codes = codes
    self.phrases = phrases
  }

  init(_ lines: [KeyedLine], entries: EntryReader) throws(ChartError) {
    var soloStart: Int?
    var ordered: [EntryReader.Entry] = []
    for line in lines { ordered.append(try entries.entry(line)) }
    // Stable in the order of the file at one tick.
    let byTick = ordered.indices.sorted { (ordered[$0].tick, $0) < (ordered[$1].tick, $1) }
    for index in byTick {
      let entry = ordered[index]
      switch entry.code {
      case "N":
        let code = try entries.number(entry, 0, in: 0...1_000, "note")
        codes[entry.tick, default: []].insert(code)
        if code == ChartText.NoteCode.fifthLane { hasFifthLane = true }
      case "S":
        let code = try entries.number(entry, 0, in: 0...1_000, "phrase")
        guard let kind = ChartText.PhraseCode(rawValue: code) else { continue }
        let length = try entries.number(
          entry, 1, in: 0...(entries.lastTick - entry.tick), "phrase")
        phrases[keyPath: kind.path].append(
          Phrase(start: Tick(entry.tick), length: Tick(length)))
      case "E" where entry.rest == "solo" || entry.rest == "\"solo\"": soloStart = entry.tick
      case "E" where entry.rest == "soloend" || entry.rest == "\"soloend\"":
        if let start = soloStart {
          phrases.solos.append(Phrase(start: Tick(start), length: Tick(entry.tick - start)))
        }
        soloStart = nil
      default: break
      }
    }
  }

  /// The track's notes; a five-lane kit is mapped onto four lanes with cymbals.
  func track(_ isFiveLane: Bool) -> DrumTrack {
    var track = phrases
    for (tick, codes) in codes.sorted(by: { $0.key < $1.key }) {
      track.notes += isFiveLane ? fiveLane(codes, at: Tick(tick)) : fourLane(codes, at: Tick(tick))
    }
    return track
  }

  private func fourLane(_ codes: Set<Int>, at tick: Tick) -> [DrumNote] {
    DrumPad.allCases.compactMap { pad in
      guard pad != .kick else { return kick(codes, at: tick) }
      guard codes.contains(pad.rawValue) else { return nil }
      return DrumNote(
        tick: tick, pad: pad,
        isCymbal: pad > .red && codes.contains(ChartText.NoteCode.cymbal + pad.rawValue),
        dynamic: dynamic(codes, lane: pad.rawValue))
    }
  }

  /// Yellow and orange of a five-lane kit are cymbals, blue and green are toms. Orange becomes
  /// the green cymbal, or the blue one beside a green tom.
  private func fiveLane(_ codes: Set<Int>, at tick: Tick) -> [DrumNote] {
    var notes = [kick(codes, at: tick)].compactMap { $0 }
    func add(_ lane: Int, _ pad: DrumPad, cymbal: Bool) {
      guard codes.contains(lane), !notes.contains(where: { $0.pad == pad }) else { return }
      notes.append(
        DrumNote(tick: tick, pad: pad, isCymbal: cymbal, dynamic: dynamic(codes, lane: lane)))
    }
    let fifth = ChartText.NoteCode.fifthLane
    add(1, .red, cymbal: false)
    add(2, .yellow, cymbal: true)
    add(3, .blue, cymbal: false)
    add(fifth, .green, cymbal: false)
    add(4, codes.contains(fifth) ? .blue : .green, cymbal: true)
    return notes.sorted { $0.pad < $1.pad }
  }

  /// Both feet on one tick are one kick, as games merge them; the one that always counts stays.
  private func kick(_ codes: Set<Int>, at tick: Tick) -> DrumNote? {
    let first = codes.contains(DrumPad.kick.rawValue)
    guard first || codes.contains(ChartText.NoteCode.secondKick) else { return nil }
    return DrumNote(tick: tick, pad: .kick, isSecondKick: !first)
  }

  private func dynamic(_ codes: Set<Int>, lane: Int) -> Dynamic {
    if codes.contains(ChartText.NoteCode.ghost + lane) { return .ghost }
    return codes.contains(ChartText.NoteCode.accent + lane) ? .accent : .normal
  }
}
