import ChartFormat
import DrumNet
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite("Performances and their beats") struct CorpusTests {
  @Test("Seconds and beats convert into each other, beyond both ends too")
  func gridInverts() {
    let grid = BeatGrid(times: [0.3, 0.8, 1.2, 1.9], positions: [1, 2, 3, 1])
    for beat in stride(from: -2.0, through: 6, by: 0.17) {
      #expect(abs(grid.beat(at: grid.time(at: beat)) - beat) < 1e-9)
    }
    #expect(grid.time(at: -1) < 0 && abs(grid.time(at: 4) - 2.6) < 1e-9)
  }

  @Test("A dotted quarter is the beat of 6/8, and 7/8 counts quarters with a short last one")
  func metres() {
    func positions(_ beats: Int, _ unit: Int) -> [Int] {
      let track = MIDIFile.Track(events: [
        .init(tick: 0, kind: .timeSignature(TimeSignature(beats: beats, unit: unit)))
      ])
      let clock = MIDIClock(MIDIFile(ticksPerQuarter: 480, tracks: [track]))
      return Array(BeatGrid(clock: clock, through: 480 * 8).positions.prefix(8))
    }
    #expect(positions(4, 4) == [1, 2, 3, 4, 1, 2, 3, 4])
    #expect(positions(6, 8) == [1, 2, 1, 2, 1, 2])
    #expect(positions(7, 8) == [1, 2, 3, 4, 1, 2, 3, 4])
    #expect(positions(3, 4) == [1, 2, 3, 1, 2, 3, 1, 2])
  }

  @Test("Drum grooves follow their own beat, not the metronome they rush")
  func latency() {
    let grid = BeatGrid(beatsPerMinute: 120, beatsPerBar: 4, seconds: 20)
    let hits = (0..<32).map {
      PerformedHit(beat: Double($0) / 2 - 0.04, articulation: .kick, velocity: 90)
    }
    #expect(abs(GrooveCorpus.latency(of: hits, on: grid) + 0.02) < 1e-9)
  }

  @Test("A passage keeps its place in the bar and its tempo within bounds")
  func passage() throws {
    let slow = BeatGrid(beatsPerMinute: 100, beatsPerBar: 4, seconds: 60)
    let fast = BeatGrid(beatsPerMinute: 160, beatsPerBar: 4, seconds: 60)
    let waltz = BeatGrid(beatsPerMinute: 100, beatsPerBar: 3, seconds: 60)
    let song = BeatGrid(beatsPerMinute: 110, beatsPerBar: 4, seconds: 60)
    // A kick on every downbeat and a snare on every third beat.
    func performance(_ grid: BeatGrid) -> Performance {
      let hits = (0..<grid.count).compactMap { b -> PerformedHit? in
        grid.positions[b] == 1
          ? PerformedHit(beat: Double(b), articulation: .kick, velocity: 100)
          : grid.positions[b] == 3
            ? PerformedHit(beat: Double(b), articulation: .snare, velocity: 100) : nil
      }
      return Performance(name: "", origin: .played, hits: hits, grid: grid)
    }
    for seed in 0..<20 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let passage = try #require(
        Passage(performance(slow), on: song, from: 10.3, to: 30, using: &generator))
      #expect(passage.hits.count >= 4)
      #expect(passage.hits.allSatisfy { $0.beat >= 10.3 && $0.beat < passage.end })
      for hit in passage.hits {
        #expect(song.positions[Int(hit.beat)] == (hit.articulation == .kick ? 1 : 3))
      }
      #expect(Passage(performance(waltz), on: song, from: 10, to: 30, using: &generator) == nil)
      #expect(Passage(performance(fast), on: song, from: 10, to: 30, using: &generator) == nil)
    }
  }

  @Test("Invented patterns stay in their range, ascend, repeat with the seed and play every class")
  func patterns() {
    let grid = BeatGrid(beatsPerMinute: 130, beatsPerBar: 4, seconds: 60)
    var classes: Set<DrumClass> = []
    for seed in 0..<60 {
      var a = SeededGenerator(seed: UInt64(seed))
      var b = SeededGenerator(seed: UInt64(seed))
      let hits = PatternGenerator.hits(on: grid, from: 3.5, to: 25, using: &a)
      #expect(hits == PatternGenerator.hits(on: grid, from: 3.5, to: 25, using: &b))
      #expect(hits.allSatisfy { $0.beat >= 3.5 && $0.beat < 25 && (1...127).contains($0.velocity) })
      #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.beat <= $1.beat })
      classes.formUnion(hits.compactMap(\.articulation.drum))
    }
    #expect(classes.count == DrumClass.allCases.count)
  }

  @Test(
    "Groove's splits have the sizes that its README gives and its beats lie under its strokes",
    .enabled(if: Repository.dataPack("groove") != nil, "the data pack is not beside the checkout"))
  func groove() throws {
    let folder = try #require(Repository.dataPack("groove")).path
    let validation = try GrooveCorpus.load(folder: folder, split: .validation)
    #expect(validation.count == 124)
    // Where a performance has kicks near its downbeats, they lie on them in the middle.
    var errors: [Double] = []
    for performance in validation {
      for hit in performance.hits where hit.articulation == .kick {
        let beat = hit.beat.rounded()
        guard beat >= 0, Int(beat) < performance.grid.count,
          performance.grid.positions[Int(beat)] == 1
        else { continue }
        let error = performance.grid.time(at: hit.beat) - performance.grid.time(at: beat)
        if abs(error) < 0.1 { errors.append(error) }
      }
    }
    errors.sort()
    #expect(errors.count > 500)
    #expect(abs(errors[errors.count / 2]) < 0.006)
  }

  @Test(
    "In Rock Band charts a held marker turns its pad into a tom",
    .enabled(
      if: Repository.dataPack("rockband-charts") != nil, "the data pack is not beside the checkout")
  )
  func tomMarkers() throws {
    let folder = try #require(Repository.dataPack("rockband-charts")).path
    let performance = try RockBandCorpus.performance(path: folder + "/914.mid", name: "914.mid")
    let counts = Dictionary(grouping: performance.hits, by: \.articulation).mapValues(\.count)
    let file = try MIDIPerformances.file(folder + "/914.mid")
    let notes = try #require(file.track(named: "PART DRUMS")).events
    // The same by brute force: a yellow note is a tom if the last marker event says "held".
    var held = false
    var toms = 0
    for event in notes {
      switch event.kind {
      case .noteOn(_, 110, _): held = true
      case .noteOff(_, 110): held = false
      case .noteOn(_, 98, _):
        let later = notes.contains {
          $0.tick == event.tick && $0.kind == .noteOff(channel: 0, note: 110)
        }
        let now = notes.contains {
          if case .noteOn(_, 110, _) = $0.kind { $0.tick == event.tick } else { false }
        }
        if (held && !later) || now { toms += 1 }
      default: break
      }
    }
    #expect(counts[.tomHigh] == toms && toms > 0)
  }

  @Test("Names of instruments and notes of drum modules lead to the drums they mean")
  func vocabulary() {
    let hydrogen: [(String, Articulation?)] = [
      ("Pearl Kick", .kick), ("BassDrum", .kick), ("Snare Rimshot", .snareRim),
      ("Pearl Side Stick", .sidestick), ("Snare Roll", nil), ("Hand Clap", .percussion),
      ("Hi-Hat Closed (Paiste Alpha Metal edge 14\")", .hihatClosed), ("Closed HH", .hihatClosed),
      ("Hat Semi-Open", .hihatHalf), ("Sabian Hat Swish", .hihatHalf), ("Open HH", .hihatOpen),
      ("Hi Hat Opened", .hihatOpen), ("Pedal HH", .hihatPedal), ("Sabian Hat Choke", nil),
      ("Floor Tom", .tomLow), ("c4 - middle tom", .tomMid), ("Tom", .tomHigh),
      ("Crash/Ride Bow (Paiste)", .rideBow), ("Crash/Ride (Paiste)", nil), ("Bell", .rideBell),
      ("crash16inch", .crash), ("Zildjian Splash", .splash), ("17", nil),
    ]
    for (name, articulation) in hydrogen {
      #expect(HydrogenKit.articulation(named: name) == articulation, "\(name)")
    }
    #expect(Articulation(td11: 26) == .hihatOpen && Articulation(td11: 58) == .tomLow)
    #expect(Articulation(generalMIDI: 50) == .tomHigh && Articulation(generalMIDI: 26) == nil)
    #expect(Articulation(avlDrumkit: 48) == .hihatHalf && Articulation(avlDrumkit: 50) == nil)
    #expect(KitFolder.articulation(named: "hihat_half_open", hasClass: true) == .hihatOpen)
    #expect(KitFolder.articulation(named: "ride_2_bell", hasClass: true) == .rideBell)
    #expect(KitFolder.articulation(named: "snare_brush_10", hasClass: true) == nil)
  }

  @Test("A crash struck both ways: drummers strike its edge, and tap its bow")
  func crashes() {
    let named = { KitFolder.articulation(named: $0, hasClass: true, hasCrashEdge: $1) }
    #expect(named("crash_1", true) == .crashBow && named("crash_edge", true) == .crash)
    #expect(named("crash_1", false) == .crash && named("crash_2", false) == .crash2)
    #expect(Articulation(td11: 49) == .crashBow && Articulation(td11: 55) == .crash)
    #expect(Articulation.crashBow.drum == .crash)
  }
}
