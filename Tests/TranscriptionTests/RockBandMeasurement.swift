import DrumNet
import Foundation
import TestSupport
import Testing
import Transcription

/// One-to-one matching of ascending times within a tolerance, greedy from the left.
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

@Suite("Measurement over human charts", .enabled(if: RockBandSong.folder != nil))
struct RockBandMeasurement {
  @Test func beatsTable() throws {
    let split = ProcessInfo.processInfo.environment["SPLIT"] ?? "validation"
    let step = Int(ProcessInfo.processInfo.environment["STEP"] ?? "1")!
    var rows: [(Double, Double, Double, Bool, Bool)] = []
    let names = RockBandSong.names(split: split)
    for (i, name) in names.enumerated() where i % step == 0 {
      let song = try RockBandSong(name)
      let onsets = song.onsets(jitter: 0.006, seed: 1).map(\.onset)
      let frames = Int(song.duration * 100)
      let silent = Activations(
        frames: frames, framesPerSecond: 100,
        values: [Float](repeating: 0, count: frames * OutputLayout.count))
      let clock = ContinuousClock()
      let start = clock.now
      let beats = BeatTracking.beats(in: silent, onsets: onsets)
      let took = clock.now - start
      let truth = song.beats.map(\.time)
      let window = truth[0] - 0.05...truth[truth.count - 1] + 0.05
      let found = beats.filter { window.contains($0.time) }
      let f70 = fMeasure(found.map(\.time), truth, within: 0.07)
      let f20 = fMeasure(found.map(\.time), truth, within: 0.02)
      let db = fMeasure(
        found.filter { $0.position == 1 }.map(\.time),
        song.beats.filter { $0.position == 1 }.map(\.time), within: 0.07)
      let ratio = Double(found.count) / Double(truth.count)
      let line = String(
        format: "%@ %5.0fs 4/4 %.2f  F70 %.3f F20 %.3f bar %.3f ratio %.2f  %.2fs",
        name.padding(toLength: 30, withPad: " ", startingAt: 0), song.duration, song.commonShare,
        f70, f20, db, ratio,
        Double(took.components.attoseconds) / 1e18 + Double(took.components.seconds))
      print(line)
      rows.append((f70, f20, db, db > 0.7, song.commonShare > 0.95))
    }
    func summary(_ label: String, _ r: [(Double, Double, Double, Bool, Bool)]) {
      let n = Double(max(1, r.count))
      print(
        label, r.count,
        String(
          format: "F70 %.3f F20 %.3f bar %.3f phase right %.3f", r.map(\.0).reduce(0, +) / n,
          r.map(\.1).reduce(0, +) / n, r.map(\.2).reduce(0, +) / n,
          Double(r.filter(\.3).count) / n))
    }
    summary("all", rows)
    summary("4/4", rows.filter(\.4))
  }
}
