import ChartFormat

/// Random charts that hold everything a `.chart` file can, for property tests.
struct ChartGenerator {
  var random: SplitMix

  init(seed: UInt64) { random = SplitMix(state: seed) }

  mutating func chart() -> Chart {
    let resolution = [96, 192, 480, 960].randomElement(using: &random)!
    var metadata = SongMetadata(title: text(), artist: text())
    metadata.album = text()
    metadata.genre = text()
    metadata.charter = text()
    metadata.year =
      Bool.random(using: &random) ? "\(Int.random(in: 1900...2100, using: &random))" : ""
    metadata.difficulty = maybe { Int.random(in: 0...6, using: &$0.random) }
    metadata.previewStart = maybe { Int.random(in: 0...300, using: &$0.random) * 1_000 }
    let bars = Int.random(in: 2...40, using: &random)
    var metres: [TempoMap.Metre] = []
    var line = Tick.zero
    var lines: [Tick] = []
    var signature = TimeSignature.common
    for bar in 0..<bars {
      if bar == 0 || Int.random(in: 0..<8, using: &random) == 0 {
        signature = TimeSignature(
          beats: Int.random(in: 1...13, using: &random),
          unit: [1, 2, 4, 8, 16, 32].randomElement(using: &random)!)
        metres.append(.init(tick: line, signature: signature))
      }
      lines.append(line)
      line = line + Tick(resolution * 4 * signature.beats / signature.unit)
    }
    let tempoTicks = [.zero] + lines.dropFirst().filter { _ in Bool.random(using: &random) }
    let tempos = tempoTicks.map {
      TempoMap.Tempo(tick: $0, tempo: MilliBPM(Int.random(in: 1_000...999_999, using: &random)))
    }
    let map = TempoMap(resolution: resolution, tempos: tempos, metres: metres)
    var tracks: [Difficulty: DrumTrack] = [:]
    for tier in Difficulty.allCases where Bool.random(using: &random) {
      tracks[tier] = track(through: line.value)
    }
    let sections = lines.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
      .map { Section(tick: $0, name: text(isName: true)) }
    return Chart(
      metadata: metadata, tempoMap: map, tracks: tracks, sections: sections,
      end: maybe { _ in line })
  }

  private mutating func track(through end: Int) -> DrumTrack {
    var track = DrumTrack()
    var tick = 0
    while tick < end {
      for pad in DrumPad.allCases where Int.random(in: 0..<4, using: &random) == 0 {
        var note = DrumNote(tick: Tick(tick), pad: pad)
        if pad == .kick {
          note.isSecondKick = Int.random(in: 0..<5, using: &random) == 0
        } else {
          note.isCymbal = pad > .red && Bool.random(using: &random)
          note.dynamic = [.normal, .normal, .ghost, .accent].randomElement(using: &random)!
        }
        track.notes.append(note)
      }
      tick += [1, 3, 8, 12, 16, 24, 48, 96].randomElement(using: &random)!
    }
    track.starPower = phrases(through: end, shortest: 1)
    track.fills = phrases(through: end, shortest: 0)
    track.singleRolls = phrases(through: end, shortest: 1)
    track.doubleRolls = phrases(through: end, shortest: 1)
    track.solos = phrases(through: end, shortest: 0)
    return track
  }

  /// Phrases that may touch but never overlap.
  private mutating func phrases(through end: Int, shortest: Int) -> [Phrase] {
    var result: [Phrase] = []
    var tick = Int.random(in: 0...2_000, using: &random)
    while tick < end {
      let length = Int.random(in: shortest...1_500, using: &random)
      result.append(Phrase(start: Tick(tick), length: Tick(length)))
      tick += length + (Bool.random(using: &random) ? max(1 - length, 0) : 1_700)
    }
    return result
  }

  private mutating func maybe<T>(_ make: (inout Self) -> T) -> T? {
    Bool.random(using: &random) ? make(&self) : nil
  }

  /// Words in several scripts with the characters that file formats trip over.
  private mutating func text(isName: Bool = false) -> String {
    let words = [
      "Song", "N 0 0", "=", "a=b", "{", "}", "Ünïcode", "日本語", "עברית", "🥁", "'quoted'", "//", ";",
      "(live)", "0 = N 1 0", "#1", "é", "e\u{301}", "section", "<b>", "%d", "\\", ",", "end.",
    ]
    let count = Int.random(in: isName ? 1...4 : 0...4, using: &random)
    return (0..<count).map { _ in words.randomElement(using: &random)! }.joined(separator: " ")
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
