import DrumNet
import Testing

@testable import Transcription

@Suite("The click that a song was played to")
struct ClickTrackTests {
  /// Eighths whose beats are where the function says, and the beats as they are tracked.
  private func song(
    beats count: Int, jitter: Double = 0.004, time: (Double) -> Double
  ) -> (beats: [Beat], onsets: [Onset]) {
    var noise = GaussianNoise(seed: 1)
    let onsets = (0..<2 * count).map { eighth in
      Onset(time: time(Double(eighth) / 2) + jitter * noise.next(), drum: .hihat)
    }
    return (
      (0..<count).map { Beat(time: time(Double($0)), position: $0 % 4 + 1) },
      onsets.sorted { $0.time < $1.time }
    )
  }

  @Test(
    "Its tempo is right to a hundredth of a BPM, exactly if a metronome has it; its phase to two ms",
    arguments: [137.5, 137.27])
  func found(bpm: Double) throws {
    let song = song(beats: 300) { 1.234 + $0 * 60 / bpm }
    let click = try #require(ClickTrack(tracked: song.beats, onsets: song.onsets))
    #expect(abs(60 / click.period - bpm) < (bpm == 137.5 ? 1e-9 : 0.01))
    let settled = click.settled(song.beats, tracked: song.beats.map(\.time))
    #expect(zip(settled, song.beats).allSatisfy { abs($0.time - $1.time) < 0.002 })
  }

  @Test("Beats that slip to the off-beat, or to half the tempo, are outvoted")
  func slips() throws {
    var song = song(beats: 300) { 1 + $0 * 0.4 }
    let truth = song.beats
    song.beats = truth.enumerated().compactMap { index, beat in
      var beat = beat
      if (100..<150).contains(index) { beat.time += 0.2 }
      return (200..<260).contains(index) && index % 2 == 0 ? nil : beat
    }
    let click = try #require(ClickTrack(tracked: song.beats, onsets: song.onsets))
    let evidence = click.added(to: [], frames: 6_000)
    #expect(abs(click.period - 0.4) < 1e-4)
    for beat in truth.dropFirst(2).dropLast(10) {
      let frame = Int((beat.time * RhythmWeights.framesPerSecond).rounded())
      #expect(evidence[frame] > 0 && evidence[frame + 10] < 0)
    }
  }

  @Test("Played without one there is none: tempo that drifts, two tempos")
  func none() {
    let drifting = song(beats: 300) { 1 + $0 * 0.45 + $0 * $0 * 0.0002 }
    #expect(ClickTrack(tracked: drifting.beats, onsets: drifting.onsets) == nil)
    // The eighths of the one are the triplets of the other.
    let twice = song(beats: 300) { 1 + $0 * 0.5 - max(0, $0 - 150) / 6 }
    #expect(ClickTrack(tracked: twice.beats, onsets: twice.onsets) == nil)
    #expect(ClickTrack(tracked: [], onsets: []) == nil)
  }

  @Test("It goes on where nobody drums")
  func silence() throws {
    var song = song(beats: 400) { 1 + $0 * 0.4 }
    song.onsets.removeAll { $0.time < 13 || 60...80 ~= $0.time }
    let click = try #require(ClickTrack(tracked: song.beats, onsets: song.onsets))
    let evidence = click.added(to: [], frames: 10_000)
    for time in [5.0, 70.2, 190.2] {
      let frame = Int(time * RhythmWeights.framesPerSecond)
      #expect(evidence[frame..<frame + 20].contains(6))
    }
  }

  @Test("A passage in another tempo is left alone")
  func passage() throws {
    // 32 beats faster, and back on the click.
    let song = song(beats: 400) { 1 + $0 * 0.4 - min(max(0, $0 - 200), 32) * 0.05 }
    let click = try #require(ClickTrack(tracked: song.beats, onsets: song.onsets))
    let evidence = click.added(to: [], frames: 9_000)
    #expect(evidence[3_900..<4_000].contains(6) && evidence[4_300..<4_400].allSatisfy { $0 == 0 })
  }
}
