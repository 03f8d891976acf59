import ChartFormat
import DrumNet
import Foundation
import Transcription

/// What the stage from drum hits to grid makes of one human chart, against that chart.
struct SongMeasure {
  var name: String
  var commonShare: Double
  var duration: Double
  /// Share of notes on the human tick when the true tempo map is given.
  var onHumanTick = 0.0
  /// Shares of notes within 15 ms of the human time, and at the human place in the beat.
  var within15 = 0.0
  var samePlace = 0.0
  var beatF70 = 0.0
  var beatF20 = 0.0
  var downbeatF = 0.0
  /// Beats found per true beat.
  var beatRatio = 0.0
  var markersPerMinute = 0.0
  var humanMarkersPerMinute = 0.0
  /// 95th percentile and largest distance of a detected beat from its grid line, seconds.
  var residual95 = 0.0
  var residualMax = 0.0
  /// Where the beats run at another level than the human's, or the bars elsewhere: shares of time
  /// by found tempo over true tempo, and by the place at which true bar lines were found.
  var tempoRatios: [String: Double] = [:]
  var barShifts: [String: Double] = [:]
  /// CPU seconds of tracking, fitting and quantising.
  var seconds = 0.0

  /// Most true bar lines have a found one on them.
  var isPhaseRight: Bool { downbeatF >= 0.7 }

  /// - Parameters:
  ///   - jitter: Standard deviation of the onset times, seconds.
  init(_ song: RockBandSong, jitter: Double = 0.006, seed: UInt64 = 1) {
    name = song.name
    commonShare = song.commonShare
    duration = song.duration
    let heard = song.onsets(jitter: jitter, seed: seed)
    let frames = Int(song.duration * 100)
    let silent = Activations(
      frames: frames, framesPerSecond: 100,
      values: [Float](repeating: 0, count: frames * OutputLayout.count))
    let start = clock()
    let beats = BeatTracking.beats(in: silent, onsets: heard.map(\.onset))
    let fit = TempoFit.fit(beats: beats, firstOnset: heard.first?.onset.time)
    let shifted = heard.map { $0.onset.delayed(by: fit.leadIn) }
    let grid = Quantizer.quantize(shifted, on: fit.tempoMap)
    seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
    measureBeats(beats, song)
    measureNotes(grid, shifted, heard.map(\.note), fit, song)
    onHumanTick = Self.shareOnHumanTick(song, heard)
    let residuals = fit.residuals.map(abs).sorted()
    residual95 = residuals.isEmpty ? 0 : residuals[residuals.count * 95 / 100]
    residualMax = residuals.last ?? 0
    let first = song.notes[0].time
    let span = (song.notes[song.notes.count - 1].time - first) / 60
    markersPerMinute = Double(fit.tempoMap.tempos.count) / span
    humanMarkersPerMinute = Double(song.tempoMarkers) / span
  }

  private mutating func measureBeats(_ beats: [Beat], _ song: RockBandSong) {
    let truth = song.beats.map(\.time)
    let window = truth[0] - 0.08...truth[truth.count - 1] + 0.08
    let found = beats.filter { window.contains($0.time) }
    beatF70 = fMeasure(found.map(\.time), truth, within: 0.07)
    beatF20 = fMeasure(found.map(\.time), truth, within: 0.02)
    downbeatF = fMeasure(
      found.filter { $0.position == 1 }.map(\.time),
      song.beats.filter { $0.position == 1 }.map(\.time), within: 0.07)
    beatRatio = Double(found.count) / Double(truth.count)
    diagnose(beats, song)
  }

  private static let levels: [(String, Double)] = [
    ("1", 1), ("2", 2), ("1/2", 0.5), ("3/2", 1.5), ("2/3", 0.667), ("3", 3), ("1/3", 0.333),
    ("4/3", 1.333), ("3/4", 0.75),
  ]

  private mutating func diagnose(_ beats: [Beat], _ song: RockBandSong) {
    var f = 0
    for (beat, next) in zip(song.beats, song.beats.dropFirst()) {
      let middle = (beat.time + next.time) / 2
      while f + 2 < beats.count, beats[f + 1].time <= middle { f += 1 }
      guard f + 1 < beats.count else { break }
      let ratio = (next.time - beat.time) / (beats[f + 1].time - beats[f].time)
      let share = 1 / Double(song.beats.count - 1)
      let name = Self.levels.first { abs(log(ratio / $0.1)) < 0.06 }?.0 ?? "other"
      tempoRatios[name, default: 0] += share
      guard beat.position == 1, name == "1" else { continue }
      let near = beats.min { abs($0.time - beat.time) < abs($1.time - beat.time) }!
      let shift =
        abs(near.time - beat.time) > 0.07 ? "off" : "\(near.position)"
      barShifts[shift, default: 0] += 1
    }
    let total = barShifts.values.reduce(0, +)
    for key in barShifts.keys { barShifts[key]! /= total }
  }

  var diagnosis: String {
    func list(_ shares: [String: Double]) -> String {
      shares.sorted { $0.value > $1.value }.filter { $0.value > 0.03 }
        .map { String(format: "%@:%.2f", $0.key, $0.value) }.joined(separator: " ")
    }
    return "      tempo " + list(tempoRatios) + "   bar line found at " + list(barShifts)
  }

  /// Follows each true note to its tick: by drum and by the time at which it was heard.
  private mutating func measureNotes(
    _ grid: [GridOnset], _ heard: [Onset], _ notes: [Int], _ fit: TempoFit.Result,
    _ song: RockBandSong
  ) {
    let ticks = Self.ticks(of: heard, in: grid)
    var near = 0
    var placed = 0
    var beat = 0
    let order = notes.indices.sorted { song.notes[notes[$0]].tick < song.notes[notes[$1]].tick }
    for i in order {
      let note = song.notes[notes[i]]
      guard let tick = ticks[i] else { continue }
      let time = fit.tempoMap.seconds(at: tick) - fit.leadIn
      if abs(time - note.time) <= 0.015 { near += 1 }
      while beat + 1 < song.beats.count, song.beats[beat + 1].tick <= note.tick { beat += 1 }
      // Places in quarter notes since the beat, to 1/48.
      let truth = Double(note.tick - song.beats[beat].tick) / Double(song.clock.ticksPerQuarter)
      let found = Self.place(of: tick, on: fit.tempoMap)
      let difference = abs(truth - found)
      if difference < 0.02 || (difference > 0.98 && difference < 1.02) { placed += 1 }
    }
    within15 = Double(near) / Double(notes.count)
    samePlace = Double(placed) / Double(notes.count)
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

  /// The tick of each heard onset: that of the grid onset of its drum that came from it, or from
  /// the stroke it was merged with.
  private static func ticks(of heard: [Onset], in grid: [GridOnset]) -> [Tick?] {
    var byDrum: [DrumClass: [GridOnset]] = [:]
    for hit in grid { byDrum[hit.onset.drum, default: []].append(hit) }
    for drum in byDrum.keys { byDrum[drum]?.sort { $0.onset.time < $1.onset.time } }
    return heard.map { onset in
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

  /// Quantises on the human tempo map and counts the notes that come back to their tick.
  private static func shareOnHumanTick(
    _ song: RockBandSong, _ heard: [(onset: Onset, note: Int)]
  ) -> Double {
    let map = song.tempoMap
    let grid = Quantizer.quantize(heard.map(\.onset), on: map)
    let ticks = ticks(of: heard.map(\.onset), in: grid)
    var right = 0
    for (tick, note) in zip(ticks, heard.map(\.note)) {
      let truth =
        Double(song.notes[note].tick) * Double(map.resolution)
        / Double(song.clock.ticksPerQuarter)
      if let tick, abs(Double(tick.value) - truth) < 1 { right += 1 }
    }
    return Double(right) / Double(heard.count)
  }

  var line: String {
    func cell(_ value: Double) -> String { String(format: "%6.3f", value) }
    return name.prefix(28).padding(toLength: 28, withPad: " ", startingAt: 0)
      + String(format: " %4.0fs %4.2f |", duration, commonShare)
      + [onHumanTick, within15, samePlace, beatF70, beatF20, downbeatF].map(cell).joined()
      + String(
        format: " x%4.2f | %4.1f/%4.1f per min  res %4.1f %4.1f ms  %4.2fs", beatRatio,
        markersPerMinute, humanMarkersPerMinute, residual95 * 1_000, residualMax * 1_000, seconds)
  }

  static let heading =
    "song                          len   4/4 | tick   15ms  place  F70   F20  bars ratio"
    + " | markers/human"

  static func summary(_ name: String, _ songs: [SongMeasure]) -> String {
    func mean(_ value: (SongMeasure) -> Double) -> String {
      String(format: "%.3f", songs.map(value).reduce(0, +) / Double(max(1, songs.count)))
    }
    func median(_ value: (SongMeasure) -> Double) -> String {
      let sorted = songs.map(value).sorted()
      return sorted.isEmpty ? "-" : String(format: "%.1f", sorted[sorted.count / 2])
    }
    return "\(name) (\(songs.count)): on human tick \(mean { $0.onHumanTick }), "
      + "within 15 ms \(mean { $0.within15 }), same place in beat \(mean { $0.samePlace }), "
      + "beats F70 \(mean { $0.beatF70 }) F20 \(mean { $0.beatF20 }), "
      + "bars F \(mean { $0.downbeatF }), phase right \(mean { $0.isPhaseRight ? 1 : 0 }), "
      + "markers/min \(median { $0.markersPerMinute }) (human \(median { $0.humanMarkersPerMinute }))"
  }
}

/// One-to-one matches of ascending times within a tolerance, greedy from the left.
func matches(_ found: [Double], _ truth: [Double], within tolerance: Double) -> Int {
  var count = 0
  var j = 0
  for time in truth {
    while j < found.count, found[j] < time - tolerance { j += 1 }
    if j < found.count, found[j] <= time + tolerance {
      count += 1
      j += 1
    }
  }
  return count
}

func fMeasure(_ found: [Double], _ truth: [Double], within tolerance: Double) -> Double {
  guard !found.isEmpty, !truth.isEmpty else { return 0 }
  return 2 * Double(matches(found, truth, within: tolerance)) / Double(found.count + truth.count)
}
