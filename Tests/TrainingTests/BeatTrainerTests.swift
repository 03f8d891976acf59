import DrumNet
import Testing
import Transcription

@testable import Training

@Suite("Learning where the beats of drumming are")
struct BeatTrainerTests {
  private static func rock(beatsPerMinute: Double) -> Performance {
    let grid = BeatGrid(beatsPerMinute: beatsPerMinute, beatsPerBar: 4, seconds: 60)
    let hits = (0..<grid.count - 1).flatMap { n -> [PerformedHit] in
      let beat = Double(n)
      return [
        PerformedHit(beat: beat, articulation: n % 2 == 0 ? .kick : .snare, velocity: 100),
        PerformedHit(beat: beat, articulation: .hihatClosed, velocity: 90),
        PerformedHit(beat: beat + 0.5, articulation: .hihatClosed, velocity: 70),
      ]
    }
    return Performance(name: "rock", origin: .played, hits: hits, grid: grid)
  }

  @Test func `an excerpt keeps hits and beats together`() throws {
    let piece = try #require(BeatPiece(Self.rock(beatsPerMinute: 120)))
    var random = SeededGenerator(seed: 1)
    var (onBeat, all) = (0, 0)
    for _ in 0..<20 {
      let excerpt = BeatExcerpt(piece, frames: 1_024, using: &random)
      let classes = DrumClass.allCases.count
      for frame in 2..<1_022 where excerpt.weights[frame * 2] > 0 {
        let kick = excerpt.roll[frame * classes + DrumClass.kick.rawValue]
        guard kick > 0.6 else { continue }
        all += 1
        if (frame - 1...frame + 1).contains(where: { excerpt.targets[2 * $0] == 1 }) { onBeat += 1 }
      }
      // A beat is a downbeat or not; every downbeat is a beat.
      #expect((0..<1_024).allSatisfy { excerpt.targets[2 * $0] >= excerpt.targets[2 * $0 + 1] })
    }
    // The others were invented, or are later than their jitter allows.
    #expect(all > 100 && Double(onBeat) > 0.85 * Double(all))
  }

  @Test func `what is before a piece and after it counts nothing`() throws {
    let piece = try #require(BeatPiece(Self.rock(beatsPerMinute: 200)))
    var random = SeededGenerator(seed: 2)
    let excerpts = (0..<40).map { _ in BeatExcerpt(piece, frames: 2_048, using: &random) }
    for excerpt in excerpts {
      for frame in 0..<2_048 where excerpt.weights[2 * frame] == 0 {
        #expect(excerpt.targets[2 * frame] == 0)
      }
    }
    #expect(excerpts.contains { $0.weights[0] == 0 || $0.weights[2 * 2_047] == 0 })
  }

  @Test func `invented drumming has every metre`() {
    var random = SeededGenerator(seed: 3)
    var metres: Set<Int> = []
    var halves = 0
    for _ in 0..<40 {
      guard let piece = BeatPiece.invented(seconds: 40, using: &random) else { continue }
      let downbeats = piece.beats.indices.filter { piece.beats[$0].position == 1 }
      metres.formUnion(zip(downbeats, downbeats.dropFirst()).map { $1 - $0 })
      for (beat, next) in zip(piece.beats, piece.beats.dropFirst()) {
        // Half a beat may end a bar.
        let period = next.time - beat.time
        let before = piece.beats.last { $0.time < beat.time }.map { beat.time - $0.time }
        let isHalf = next.position == 1 && before.map { abs($0 - 2 * period) < 1e-6 } == true
        #expect((60 / 191.0...60 / 65.0).contains(isHalf ? 2 * period : period))
        halves += isHalf ? 1 : 0
      }
    }
    #expect(metres == [2, 3, 4, 5, 6, 7])
    #expect(halves > 20)
  }

  @Test func `half a beat keeps the strokes of its first half`() {
    func cut(_ beat: Double) -> Double? {
      PerformedHit(beat: beat, articulation: .snare, velocity: 90).cut(toHalf: [3])?.beat
    }
    #expect(cut(2.75) == 2.75 && cut(4.5) == 4.5)
    // A sixteenth after its start is half of what there is of it.
    #expect(cut(3) == 3 && cut(3.25) == 3.5)
    #expect(cut(3.5) == nil && cut(3.75) == nil)
  }

  @Test func `a song put together anew keeps whole bars`() throws {
    let rock = Self.rock(beatsPerMinute: 100)
    var piece = try #require(BeatPiece(rock))
    var random = SeededGenerator(seed: 6)
    piece = try #require(piece.spliced(seconds: 60, using: &random))
    #expect(piece.beats[piece.beats.count - 1].time > 59)
    for (beat, next) in zip(piece.beats, piece.beats.dropFirst()) {
      #expect(abs(next.time - beat.time - 0.6) < 1e-6)
      #expect(next.position == beat.position % 4 + 1)
    }
    // Kick and snare stay on their beats: one of them on each.
    for beat in piece.beats {
      let struck = piece.hits.filter { abs($0.time - beat.time) < 1e-6 }.map(\.drum)
      #expect(struck.contains(beat.position % 2 == 1 ? .kick : .snare))
    }
    #expect(zip(piece.hits, piece.hits.dropFirst()).allSatisfy { $0.time <= $1.time })
    // Two bars cannot be put together in another way.
    let short = Performance(
      name: "short", origin: .chart, hits: Array(rock.hits.prefix(60)), grid: rock.grid)
    #expect(try #require(BeatPiece(short)).spliced(seconds: 60, using: &random) == nil)
  }

  @Test func `too short a piece is none`() {
    var short = Self.rock(beatsPerMinute: 120)
    short.hits = Array(short.hits.prefix(20))
    #expect(BeatPiece(short) == nil)
  }

  @Test func `the loss falls`() throws {
    let piece = try #require(BeatPiece(Self.rock(beatsPerMinute: 110)))
    func loss(after steps: Int) -> Double {
      var last = 0.0
      _ = BeatTrainer(charts: [piece], played: [], songs: [piece], steps: steps, seed: 4)
        .run { last = $0.loss }
      return last
    }
    #expect(loss(after: 20) < 0.9 * loss(after: 1))
  }
}
