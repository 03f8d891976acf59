internal import ChartFormat
package import DrumNet
internal import Glibc
package import Transcription

/// What the stage from drum hits to grid makes of one human chart, against that chart. Shares are
/// 0...1.
package struct ChartMeasure: Codable, Sendable {
  package var name: String
  /// Share of the bars in 4/4.
  package var commonShare: Double
  /// Seconds.
  package var duration: Double
  /// Share of the human's notes that were heard: all where true onsets are given. The shares of
  /// notes below are of these.
  package var heardShare = 1.0
  /// On the human tick when the true tempo map is given.
  package var onHumanTick = 0.0
  /// Within 15 ms of the human time, and at the human place in the beat.
  package var within15 = 0.0
  package var samePlace = 0.0
  package var beatF70 = 0.0
  package var beatF20 = 0.0
  package var downbeatF = 0.0
  /// Distance of the chart's beats from the true beats that they match at 70 ms: median and 95th
  /// percentile, seconds.
  package var beatError = 0.0
  package var beatError95 = 0.0
  package var markersPerMinute = 0.0
  package var humanMarkersPerMinute = 0.0
  /// Largest distance of a detected beat from its grid line, seconds.
  package var residual = 0.0
  /// The detected beats as shares of the human's tempo: "1", "1/2", "2" and so on, by time.
  package var tempoRatios: [String: Double] = [:]
  /// Where the human's bar lines were found, by place in the found bar, where the tempo agrees.
  package var barShifts: [String: Double] = [:]
  /// Processor seconds of tracking, fitting and quantising.
  package var seconds = 0.0

  /// Most true bar lines have a found one on them, most found ones a true one.
  package var isPhaseRight: Bool { downbeatF >= 0.7 }

  package static let tolerance70 = 0.07
  /// A detected hit this near to a note, of its drum, is that note. Seconds.
  private static let hearing = 0.05

  /// From the notes themselves, as a perfect ear with some jitter would hear them.
  ///
  /// - Parameters:
  ///   - jitter: standard deviation of the onset times, seconds.
  ///   - network: what hears beats in the hits; the one that ships unless said.
  package init(
    trueOnsetsOf song: ChartSong, jitter: Double, seed: UInt64, network: BeatNetwork? = nil
  ) {
    let heard = song.onsets(jitter: jitter, seed: seed)
    let frames = Int(song.duration * 100)
    let silent = Activations(
      frames: frames, framesPerSecond: 100,
      values: [Float](repeating: 0, count: frames * OutputLayout.count))
    self.init(
      song, activations: silent, onsets: heard.map(\.onset), notes: heard.map(\.note),
      network: network)
  }

  /// From what a network heard in the song's audio; second 0 is the chart's.
  package init(
    _ song: ChartSong, activations: Activations, onsets: [Onset], network: BeatNetwork? = nil
  ) {
    self.init(
      song, activations: activations, onsets: onsets, notes: Self.notes(of: song, heardAs: onsets),
      network: network)
  }

  /// - Parameters:
  ///   - notes: the note that each onset is, or `nil`.
  ///   - network: what hears beats in the hits; the one that ships unless said.
  private init(
    _ song: ChartSong, activations: Activations, onsets: [Onset], notes: [Int?],
    network: BeatNetwork?
  ) {
    name = song.name
    commonShare = song.commonShare
    duration = song.duration
    let start = clock()
    let beats = BeatTracking.beats(in: activations, onsets: onsets, network: network)
    let fit = TempoFit.fit(beats: beats, firstOnset: onsets.first?.time)
    let shifted = onsets.map { $0.delayed(by: fit.leadIn) }
    let grid = Quantizer.quantize(shifted, on: fit.tempoMap)
    seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
    heardShare = Double(notes.count { $0 != nil }) / Double(song.notes.count)
    // Where the chart has them, not where they were heard.
    measureBeats(
      zip(beats, fit.residuals).map { Beat(time: $0.time + $1, position: $0.position) }, song)
    diagnose(beats, song)
    measureNotes(Self.ticks(of: shifted, in: grid), notes, fit, song)
    let onHumanMap = Quantizer.quantize(onsets, on: song.tempoMap)
    measureTicks(Self.ticks(of: onsets, in: onHumanMap), notes, song)
    residual = fit.residuals.map(abs).max() ?? 0
    let span = (song.notes[song.notes.count - 1].time - song.notes[0].time) / 60
    markersPerMinute = Double(fit.tempoMap.tempos.count) / span
    humanMarkersPerMinute = Double(song.tempoTicks.count) / span
  }

  /// Each onset's note: the nearest of its drum, one to one.
  private static func notes(of song: ChartSong, heardAs onsets: [Onset]) -> [Int?] {
    var result = [Int?](repeating: nil, count: onsets.count)
    for drum in DrumClass.allCases {
      let heard = onsets.indices.filter { onsets[$0].drum == drum }
      let written = song.notes.indices.filter { song.notes[$0].drum == drum }
      let pairs = OnsetMatching.pairs(
        estimates: heard.map { onsets[$0].time }, references: written.map { song.notes[$0].time },
        tolerance: hearing)
      for pair in pairs { result[heard[pair.estimate]] = written[pair.reference] }
    }
    return result
  }

  private mutating func measureBeats(_ beats: [Beat], _ song: ChartSong) {
    let truth = song.beats.map { Beat(time: $0.time, position: $0.position) }
    let matches = BeatMatches(estimated: beats, annotated: truth)
    beatF70 = matches.beats70.f
    beatF20 = matches.beats20.f
    downbeatF = matches.downbeats70.f
    let (found, wanted) = (beats.map(\.time), truth.map(\.time))
    let errors = OnsetMatching.pairs(
      estimates: found, references: wanted, tolerance: Self.tolerance70
    ).map { abs(found[$0.estimate] - wanted[$0.reference]) }.sorted()
    if !errors.isEmpty {
      beatError = errors[errors.count / 2]
      beatError95 = errors[errors.count * 95 / 100]
    }
  }

  private mutating func measureNotes(
    _ ticks: [Tick?], _ notes: [Int?], _ fit: TempoFit.Result, _ song: ChartSong
  ) {
    var (near, placed) = (0, 0)
    let beatTicks = song.beats.map(\.tick)
    for (tick, index) in zip(ticks, notes) {
      guard let tick, let index else { continue }
      let note = song.notes[index]
      if abs(fit.tempoMap.seconds(at: tick) - fit.leadIn - note.time) <= 0.015 { near += 1 }
      // Places in quarter notes since the beat, to 1/48.
      let beat = (beatTicks.firstIndex { $0 > note.tick } ?? beatTicks.count) - 1
      let truth = Double(note.tick - beatTicks[max(0, beat)]) / Double(song.clock.ticksPerQuarter)
      let difference = abs(truth - Self.place(of: tick, on: fit.tempoMap))
      if difference < 0.02 || abs(difference - 1) < 0.02 { placed += 1 }
    }
    let count = Double(max(1, notes.count { $0 != nil }))
    within15 = Double(near) / count
    samePlace = Double(placed) / count
  }

  private mutating func measureTicks(_ ticks: [Tick?], _ notes: [Int?], _ song: ChartSong) {
    let scale = Double(TempoFit.resolution) / Double(song.clock.ticksPerQuarter)
    let right = zip(ticks, notes).count { tick, note in
      guard let tick, let note else { return false }
      return abs(Double(tick.value) - Double(song.notes[note].tick) * scale) < 1
    }
    onHumanTick = Double(right) / Double(max(1, notes.count { $0 != nil }))
  }

  /// Quarter notes since the felt beat (the dotted quarter in 6/8, 9/8, 12/8).
  private static func place(of tick: Tick, on map: TempoMap) -> Double {
    let signature = map.signature(at: tick)
    let start = map.metres.last { $0.tick <= tick }?.tick ?? .zero
    let inBar = (tick - start).value % map.barLength(signature)
    let isCompound = signature.unit == 8 && signature.beats % 3 == 0
    let beat = isCompound ? map.resolution * 3 / 2 : map.resolution
    return Double(inBar % beat) / Double(map.resolution)
  }

  /// The tick of each onset: that of the grid onset of its drum that came from it, or from the
  /// stroke that it was merged with.
  private static func ticks(of onsets: [Onset], in grid: [GridOnset]) -> [Tick?] {
    var byDrum: [DrumClass: [GridOnset]] = [:]
    for hit in grid { byDrum[hit.onset.drum, default: []].append(hit) }
    for drum in byDrum.keys { byDrum[drum]?.sort { $0.onset.time < $1.onset.time } }
    return onsets.map { onset in
      guard let hits = byDrum[onset.drum] else { return nil }
      var low = 0
      var high = hits.count
      while low < high {
        let middle = (low + high) / 2
        if hits[middle].onset.time < onset.time { low = middle + 1 } else { high = middle }
      }
      let near = [low - 1, low].filter(hits.indices.contains)
        .min { abs(hits[$0].onset.time - onset.time) < abs(hits[$1].onset.time - onset.time) }
      guard let near, abs(hits[near].onset.time - onset.time) < 0.045 else { return nil }
      return hits[near].tick
    }
  }
}

extension ChartMeasure {
  private static let levels: [(String, Double)] = [
    ("1", 1), ("2", 2), ("1/2", 0.5), ("3/2", 1.5), ("2/3", 0.667), ("3", 3), ("1/3", 0.333),
    ("4/3", 1.333), ("3/4", 0.75),
  ]

  /// At which level the beats run, and where the bar lines are.
  private mutating func diagnose(_ beats: [Beat], _ song: ChartSong) {
    var f = 0
    let share = 1 / Double(max(1, song.beats.count - 1))
    for (beat, next) in zip(song.beats, song.beats.dropFirst()) {
      let middle = (beat.time + next.time) / 2
      while f + 2 < beats.count, beats[f + 1].time <= middle { f += 1 }
      guard f + 1 < beats.count else { break }
      let ratio = (next.time - beat.time) / (beats[f + 1].time - beats[f].time)
      let name = Self.levels.first { abs(log(ratio / $0.1)) < 0.06 }?.0 ?? "other"
      tempoRatios[name, default: 0] += share
      guard beat.position == 1, name == "1",
        let near = beats[max(0, f - 1)...min(beats.count - 1, f + 1)]
          .min(by: { abs($0.time - beat.time) < abs($1.time - beat.time) })
      else { continue }
      let shift = abs(near.time - beat.time) > Self.tolerance70 ? "off" : "\(near.position)"
      barShifts[shift, default: 0] += 1
    }
    let total = barShifts.values.reduce(0, +)
    barShifts = barShifts.mapValues { $0 / total }
  }
}
