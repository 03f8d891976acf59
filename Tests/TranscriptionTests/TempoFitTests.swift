import ChartFormat
import Foundation
import Testing
import Transcription

@Suite("Tempo fit")
struct TempoFitTests {
  /// Beats of bars at the given tempos: `(bars, beats per bar, BPM)` one after another.
  private func beats(
    from start: Double = 0.5, _ parts: [(bars: Int, beats: Int, bpm: Double)], jitter: Double = 0
  ) -> [Beat] {
    var noise = GaussianNoise(seed: 3)
    var time = start
    var result: [Beat] = []
    for part in parts {
      for _ in 0..<part.bars {
        for position in 1...part.beats {
          result.append(Beat(time: time + jitter * noise.next(), position: position))
          time += 60 / part.bpm
        }
      }
    }
    return result
  }

  private func largestError(_ fit: TempoFit.Result) -> Double { fit.residuals.map(abs).max() ?? 0 }

  @Test(
    "A song played to a click has one tempo, exactly", arguments: [60, 97.5, 120, 140, 173, 200.0])
  func click(bpm: Double) {
    let fit = TempoFit.fit(
      beats: beats([(60, 4, bpm)], jitter: 0.002), firstOnset: 0.5)
    #expect(fit.tempoMap.tempos.map(\.tempo) == [MilliBPM(Int(bpm * 1_000))])
    #expect(fit.tempoMap.metres == [.init(tick: .zero, signature: .common)])
    #expect(largestError(fit) < 0.01)
  }

  @Test("A steady tempo that is no round number is not bent to one")
  func oddTempo() {
    let fit = TempoFit.fit(beats: beats([(80, 4, 121.37)], jitter: 0.001), firstOnset: 0.5)
    #expect(fit.tempoMap.tempos.count == 1)
    #expect(abs(fit.tempoMap.tempos[0].tempo.beatsPerMinute - 121.37) < 0.005)
  }

  @Test("A change from 120 to 180 is two tempos, exactly, on the bar line")
  func change() {
    let fit = TempoFit.fit(
      beats: beats([(30, 4, 120), (45, 4, 180)], jitter: 0.001), firstOnset: 0.5)
    #expect(fit.tempoMap.tempos.map(\.tempo.value) == [120_000, 180_000])
    let bar = 4 * TempoFit.resolution
    #expect((fit.tempoMap.tempos[1].tick.value / bar) >= 30)
    #expect(fit.tempoMap.tempos[1].tick.value % bar == 0)
    #expect(largestError(fit) < 0.01)
  }

  @Test("A tempo that breathes stays within 10 ms with at most one marker a bar")
  func drifting() {
    let song = beats((0..<80).map { (1, 4, 120 + 6 * sin(Double($0) / 7)) })
    let fit = TempoFit.fit(beats: song, firstOnset: 0.5)
    #expect(largestError(fit) <= 0.01)
    #expect(fit.tempoMap.tempos.count <= 80)
    #expect(fit.tempoMap.tempos.count > 10)
    let bar = 4 * TempoFit.resolution
    #expect(fit.tempoMap.tempos.allSatisfy { $0.tick.value % bar == 0 })
  }

  @Test("A tempo that jumps within a bar gets a marker there, and no beat is off the grid")
  func jump() {
    var song = beats([(10, 4, 120)])
    var time = song[song.count - 1].time + 0.5
    for (position, bpm) in [(1, 120.0), (2, 120), (3, 90), (4, 90)] {
      song.append(Beat(time: time, position: position))
      time += 60 / bpm
    }
    song += beats(from: time, [(10, 4, 90)])
    let fit = TempoFit.fit(beats: song, firstOnset: 0.5)
    #expect(largestError(fit) <= 0.02)
    let bar = 4 * TempoFit.resolution
    let within = fit.tempoMap.tempos.filter { $0.tick.value % bar != 0 }
    #expect(within.map { $0.tick.value % bar } == [bar / 2])
    #expect(fit.tempoMap.tempos.count <= 4)
  }

  @Test("Uneven playing gets no markers within a bar")
  func uneven() {
    let fit = TempoFit.fit(beats: beats([(60, 4, 104)], jitter: 0.005), firstOnset: 0.5)
    let bar = 4 * TempoFit.resolution
    #expect(fit.tempoMap.tempos.allSatisfy { $0.tick.value % bar == 0 })
  }

  @Test("Rounding does not add up over a long song")
  func rounding() {
    let song = beats((0..<400).map { (1, 4, 113.3333 + ($0 % 2 == 0 ? 1.7777 : -1.7777)) })
    let fit = TempoFit.fit(beats: song, firstOnset: 0.5)
    let end = fit.residuals.suffix(40).map(abs).max() ?? 1
    #expect(end <= 0.01)
  }

  @Test("Metres change on their bar lines")
  func metres() {
    let fit = TempoFit.fit(
      beats: beats([(4, 4, 120), (3, 3, 120), (4, 5, 120), (8, 4, 120)]), firstOnset: 0.5)
    #expect(fit.tempoMap.metres.map(\.signature.beats) == [4, 3, 5, 4])
    let start = fit.tempoMap.metres[1].tick.value - 16 * TempoFit.resolution
    #expect(start >= 0 && start % (4 * TempoFit.resolution) == 0)
  }

  @Test("Short last beats make 7/8, beats of three eighths 6/8")
  func eighths() {
    var seven: [Beat] = []
    for bar in 0..<20 {
      for k in 0..<4 {
        seven.append(
          Beat(
            time: 1 + Double(bar) * 1.75 + Double(k) * 0.5, position: k + 1,
            quarters: k == 3 ? 0.5 : 1))
      }
    }
    let odd = TempoFit.fit(beats: seven, firstOnset: 1)
    #expect(odd.tempoMap.metres.map(\.signature) == [TimeSignature(beats: 7, unit: 8)])
    #expect(odd.tempoMap.tempos.map(\.tempo.value) == [120_000])
    let six = (0..<40).map {
      Beat(time: 1 + 0.75 * Double($0), position: $0 % 2 + 1, quarters: 1.5)
    }
    let compound = TempoFit.fit(beats: six, firstOnset: 1)
    #expect(compound.tempoMap.metres.map(\.signature) == [TimeSignature(beats: 6, unit: 8)])
    #expect(compound.tempoMap.tempos.map(\.tempo.value) == [120_000])
  }

  @Test(
    "The first note comes after two seconds and the first downbeat on a bar line",
    arguments: [0.0, 0.3, 1.9, 2.0, 7.3])
  func leadIn(first: Double) {
    let song = beats(from: first, [(20, 4, 133)])
    let fit = TempoFit.fit(beats: song, firstOnset: first)
    #expect(first + fit.leadIn >= 2 - 1e-9)
    #expect(fit.leadIn >= 0)
    let tick = fit.tempoMap.tick(at: first + fit.leadIn)
    let bar = Double(4 * TempoFit.resolution)
    #expect(abs(tick / bar - (tick / bar).rounded()) * bar < 1)
    #expect(tick >= bar - 1)
    // Never a whole bar more than needed.
    #expect(first + fit.leadIn < 2 + 2 * 4 * 60 / 133 || fit.leadIn < 4 * 60.0 / 133)
  }

  @Test("A pick-up lies before the first downbeat's bar line")
  func pickUp() {
    let song = [Beat(time: 0.2, position: 4)] + beats(from: 0.7, [(20, 4, 120)])
    let fit = TempoFit.fit(beats: song, firstOnset: 0.2)
    let tick = fit.tempoMap.tick(at: 0.2 + fit.leadIn)
    let bar = Double(4 * TempoFit.resolution)
    #expect(abs(tick.truncatingRemainder(dividingBy: bar) - 0.75 * bar) < 1)
    #expect(0.2 + fit.leadIn >= 2)
  }

  @Test("No beats, one beat and two beats give a map too")
  func few() {
    for count in 0...2 {
      let song = (0..<count).map { Beat(time: 1 + Double($0) * 0.5, position: $0 + 1) }
      let fit = TempoFit.fit(beats: song, firstOnset: count == 0 ? nil : 1)
      #expect(fit.tempoMap.tempos.count == 1)
      #expect(fit.leadIn >= 0)
      #expect(fit.residuals.count == count)
    }
  }
}
