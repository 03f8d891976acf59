import ChartFormat
import DrumNet
import Foundation
import Testing
import Transcription

/// A drummer who plays one bar again and again.
private struct Groove {
  /// Beats in a bar; may end with a half.
  var beats: Double
  /// Place in the bar, in beats, and drum.
  var hits: [(place: Double, drum: DrumClass)]

  /// Kick on 1 and 3, snare on 2 and 4, eighths on the hi-hat, a crash every four bars.
  static let rock = Groove(
    beats: 4,
    hits: [(0, .kick), (2, .kick), (2.5, .kick), (1, .snare), (3, .snare)]
      + (0..<8).map { (Double($0) / 2, .hihat) })
  static let swing = Groove(
    beats: 4,
    hits: [(0, .kick), (2, .kick), (1, .snare), (3, .snare)]
      + (0..<4).flatMap { beat -> [(Double, DrumClass)] in
        [(Double(beat), .ride), (Double(beat) + 2.0 / 3, .ride)]
      })
  /// Sixteenths on the hi-hat.
  static let busy = Groove(
    beats: 4,
    hits: [(0, .kick), (2, .kick), (2.75, .kick), (1, .snare), (3, .snare)]
      + (0..<16).map { (Double($0) / 4, .hihat) })
  static let waltz = Groove(
    beats: 3,
    hits: [(0, .kick), (1, .snare), (2, .snare)] + (0..<6).map { (Double($0) / 2, .hihat) })
  /// Twelve eighths in four beats of three.
  static let twelve = Groove(
    beats: 4,
    hits: [(0, .kick), (5.0 / 3, .kick), (2, .kick), (1, .snare), (3, .snare)]
      + (0..<12).map { (Double($0) / 3, .hihat) })
  /// Half time: the snare on three, quarters on the ride.
  static let half = Groove(
    beats: 4, hits: [(0, .kick), (2, .snare)] + (0..<4).map { (Double($0), .ride) })
  /// Rock, an eighth late.
  static let syncopated = Groove(
    beats: 4,
    hits: rock.hits.map { ($0.drum == .hihat ? $0.place : $0.place + 0.5, $0.drum) })
  /// Rock, a beat late.
  static let displaced = Groove(
    beats: 4,
    hits: rock.hits.map {
      ($0.drum == .hihat ? $0.place : ($0.place + 1).truncatingRemainder(dividingBy: 4), $0.drum)
    })
  static let five = Groove(
    beats: 5,
    hits: [(0, .kick), (1.5, .kick), (3, .kick), (2, .snare), (4, .snare), (0, .crash)]
      + (0..<10).map { (Double($0) / 2, .hihat) })
  static let sevenEight = Groove(
    beats: 3.5,
    hits: [(0, .kick), (2, .kick), (1, .snare), (3, .snare), (0, .crash)]
      + (0..<7).map { (Double($0) / 2, .hihat) })

  /// `bars` bars from `start` at a tempo; crashes on every fourth downbeat.
  func play(
    from start: Double, bars: Int, bpm: Double, noise: inout GaussianNoise, jitter: Double = 0.006
  ) -> (onsets: [Onset], beats: [Double], bars: [Double], end: Double) {
    let beat = 60 / bpm
    var onsets: [Onset] = []
    var beatTimes: [Double] = []
    var barTimes: [Double] = []
    for bar in 0..<bars {
      let line = start + Double(bar) * beats * beat
      barTimes.append(line)
      beatTimes += stride(from: 0, to: beats, by: 1).map { line + $0 * beat }
      for hit in hits {
        onsets.append(
          Onset(time: line + hit.place * beat + jitter * noise.next(), drum: hit.drum))
      }
      if bar % 4 == 0 {
        onsets.append(Onset(time: line + jitter * noise.next(), drum: .crash))
      }
    }
    return (
      onsets.sorted { $0.time < $1.time }, beatTimes, barTimes,
      start + Double(bars) * beats * beat
    )
  }
}

@Suite("Beat tracking from drum hits alone")
struct BeatTrackingTests {
  private func silent(_ seconds: Double) -> Activations {
    let frames = Int(seconds * 100)
    return Activations(
      frames: frames, framesPerSecond: 100,
      values: [Float](repeating: 0, count: frames * OutputLayout.count))
  }

  private func track(_ onsets: [Onset], seconds: Double) -> [Beat] {
    BeatTracking.beats(
      in: silent(seconds), onsets: onsets.map { $0.time < 0 ? $0.delayed(by: -$0.time) : $0 })
  }

  private func score(_ beats: [Beat], _ truth: [Double], bars: [Double]) -> (
    beats: Double, bars: Double
  ) {
    let span = truth[0] - 0.1...truth[truth.count - 1] + 0.1
    let found = beats.filter { span.contains($0.time) }
    return (
      fMeasure(found.map(\.time), truth, within: 0.02),
      fMeasure(found.filter { $0.position == 1 }.map(\.time), bars, within: 0.03)
    )
  }

  @Test("A rock beat at common tempos", arguments: [80.0, 96, 120, 133.3, 160, 190])
  func rock(bpm: Double) {
    var noise = GaussianNoise(seed: 1)
    let song = Groove.rock.play(from: 0.7, bars: 16, bpm: bpm, noise: &noise)
    let result = score(
      track(song.onsets, seconds: song.end + 1), song.beats, bars: song.bars)
    #expect(result.beats > 0.98)
    #expect(result.bars > 0.98)
  }

  /// An eighth at 120 BPM is twelve and a half of the tracker's frames.
  @Test("120 BPM is not mistaken for its off-beats, wherever in a frame the song begins")
  func phase() {
    for start in [0.7, 0.705, 0.71, 0.715] {
      var noise = GaussianNoise(seed: 1)
      let song = Groove.rock.play(from: start, bars: 16, bpm: 120, noise: &noise, jitter: 0.003)
      // The crashes would tell: a song has fewer of them.
      let plain = song.onsets.filter { $0.drum != .crash }
      let result = score(track(plain, seconds: song.end), song.beats, bars: song.bars)
      #expect(result.beats > 0.98, "from \(start) s")
    }
  }

  @Test("A long song is tracked stretch by stretch to the same beats")
  func stretches() {
    var noise = GaussianNoise(seed: 8)
    let first = Groove.rock.play(from: 0.4, bars: 12, bpm: 131, noise: &noise)
    let second = Groove.sevenEight.play(from: first.end, bars: 12, bpm: 117, noise: &noise)
    let events = RhythmEvent.events(
      from: first.onsets + second.onsets, rate: RhythmWeights.framesPerSecond)
    let frames = Int(second.end * RhythmWeights.framesPerSecond)
    var whole = BarLattice(events: events, frames: frames)
    let path = whole.path()
    #expect(path.count > 80)
    // Shorter than a beat, not a divisor of the song, and the song to the frame.
    for stretch in [20, 333, frames] {
      var pieces = BarLattice(events: events, frames: frames, stretch: stretch)
      #expect(pieces.path() == path, "stretches of \(stretch) frames")
    }
  }

  @Test("Twelve eighths are four beats of three", arguments: [70.0, 90, 110, 130])
  func twelve(bpm: Double) {
    var noise = GaussianNoise(seed: 2)
    let song = Groove.twelve.play(from: 0.4, bars: 16, bpm: bpm, noise: &noise)
    let result = score(track(song.onsets, seconds: song.end), song.beats, bars: song.bars)
    #expect(result.beats > 0.98)
  }

  @Test("What was played to a click keeps its beat in half time and where the drums are late")
  func click() {
    var noise = GaussianNoise(seed: 4)
    var onsets: [Onset] = []
    var beats: [Double] = []
    var bars: [Double] = []
    var end = 0.5
    let parts: [(Groove, Int)] = [
      (.rock, 12), (.half, 8), (.rock, 8), (.syncopated, 6), (.rock, 12),
    ]
    for (groove, count) in parts {
      let part = groove.play(from: end, bars: count, bpm: 152, noise: &noise)
      onsets += part.onsets
      beats += part.beats
      bars += part.bars
      end = part.end
    }
    let found = track(onsets.sorted { $0.time < $1.time }, seconds: end)
    let result = score(found, beats, bars: bars)
    #expect(result.beats > 0.98)
    #expect(result.bars > 0.95)
    // To the millisecond, as the hits together tell it.
    let within = found.filter { $0.time > 2 && $0.time < end - 2 }
    let gaps = zip(within, within.dropFirst()).map { $1.time - $0.time }
    #expect(gaps.allSatisfy { abs($0 - 60 / 152.0) < 0.0005 })
  }

  @Test("A few bars whose accents stand a beat late are no 5/4 with a 3/4 after them")
  func displaced() {
    var noise = GaussianNoise(seed: 5)
    var onsets: [Onset] = []
    var bars: [Double] = []
    var end = 0.5
    for (groove, count) in [(Groove.rock, 24), (.displaced, 8), (.rock, 24)] {
      let part = groove.play(from: end, bars: count, bpm: 138, noise: &noise)
      onsets += part.onsets.filter { $0.drum != .crash || count != 8 }
      bars += part.bars
      end = part.end
    }
    let found = track(onsets.sorted { $0.time < $1.time }, seconds: end)
    #expect(score(found, bars, bars: bars).bars > 0.98)
  }

  @Test("A shuffle keeps its beat")
  func swing() {
    var noise = GaussianNoise(seed: 2)
    let song = Groove.swing.play(from: 0.4, bars: 16, bpm: 130, noise: &noise)
    let result = score(track(song.onsets, seconds: song.end), song.beats, bars: song.bars)
    #expect(result.beats > 0.98)
  }

  @Test("Five in a bar keeps most of its beats")
  func five() {
    var noise = GaussianNoise(seed: 3)
    let song = Groove.five.play(from: 0.4, bars: 20, bpm: 140, noise: &noise)
    let result = score(track(song.onsets, seconds: song.end), song.beats, bars: song.bars)
    #expect(result.beats > 0.95)
    #expect(result.bars > 0.9)
  }

  @Test("7/8 has a short last beat")
  func seven() {
    var noise = GaussianNoise(seed: 4)
    let song = Groove.sevenEight.play(from: 0.4, bars: 24, bpm: 140, noise: &noise)
    let result = score(track(song.onsets, seconds: song.end), song.beats, bars: song.bars)
    #expect(result.beats > 0.9)
    #expect(result.bars > 0.9)
  }

  @Test("A passage in 7/8, twice of which is 7/4, keeps its metre in a song in four")
  func sevenPassage() {
    var noise = GaussianNoise(seed: 6)
    let first = Groove.rock.play(from: 0.4, bars: 32, bpm: 140, noise: &noise)
    let odd = Groove.sevenEight.play(from: first.end, bars: 16, bpm: 140, noise: &noise)
    let last = Groove.rock.play(from: odd.end, bars: 32, bpm: 140, noise: &noise)
    let found = track(first.onsets + odd.onsets + last.onsets, seconds: last.end)
    let lines = found.filter { $0.position == 1 }.map(\.time)
    let pairs = stride(from: 0, to: 16, by: 2).map { odd.bars[$0] }
    #expect(fMeasure(lines, first.bars + pairs + last.bars, within: 0.03) > 0.95)
  }

  @Test("From 120 to 180 in the middle: the change is heard")
  func tempoChange() {
    var noise = GaussianNoise(seed: 5)
    let first = Groove.rock.play(from: 0.4, bars: 12, bpm: 120, noise: &noise)
    let second = Groove.rock.play(from: first.end, bars: 16, bpm: 180, noise: &noise)
    let result = score(
      track(first.onsets + second.onsets, seconds: second.end), first.beats + second.beats,
      bars: first.bars + second.bars)
    #expect(result.beats > 0.95)
    #expect(result.bars > 0.9)
  }

  @Test("Very slow music is felt at twice its beat, very fast music at a whole multiple")
  func extremes() {
    for bpm in [40.0, 300] {
      var noise = GaussianNoise(seed: 6)
      let song = Groove.rock.play(from: 0.4, bars: 16, bpm: bpm, noise: &noise)
      let beats = track(song.onsets, seconds: song.end)
      let middle = beats.map(\.time).filter { $0 > 3 && $0 < song.end - 3 }
      let periods = zip(middle, middle.dropFirst()).map { ($1 - $0) * bpm / 60 }
      let median = periods.sorted()[periods.count / 2]
      let felt = bpm < 100 ? 0.5 : median.rounded()
      #expect(abs(median - felt) < 0.05)
      #expect(periods.filter { abs($0 - felt) < 0.1 }.count * 10 >= periods.count * 9)
    }
  }

  @Test("The beats of three in a bar, then four")
  func metreChange() {
    var noise = GaussianNoise(seed: 9)
    let first = Groove.waltz.play(from: 0.6, bars: 16, bpm: 150, noise: &noise)
    let second = Groove.rock.play(from: first.end, bars: 16, bpm: 150, noise: &noise)
    let beats = track(first.onsets + second.onsets, seconds: second.end)
    let result = score(beats, first.beats + second.beats, bars: first.bars + second.bars)
    #expect(result.beats > 0.98)
    #expect(result.bars > 0.95)
  }

  @Test("A fill before the first bar does not move the bar lines")
  func pickUp() {
    var noise = GaussianNoise(seed: 10)
    let song = Groove.rock.play(from: 3, bars: 16, bpm: 120, noise: &noise)
    let fill = (0..<4).map { Onset(time: 2.5 + 0.125 * Double($0), drum: .snare) }
    let result = score(
      track(fill + song.onsets, seconds: song.end), song.beats, bars: song.bars)
    #expect(result.beats > 0.95)
    #expect(result.bars > 0.95)
  }

  @Test("The beat goes on through a pause")
  func pause() {
    var noise = GaussianNoise(seed: 11)
    let first = Groove.rock.play(from: 0.5, bars: 10, bpm: 110, noise: &noise)
    let bar = 4 * 60 / 110.0
    let second = Groove.rock.play(from: first.end + 3 * bar, bars: 10, bpm: 110, noise: &noise)
    let beats = track(first.onsets + second.onsets, seconds: second.end)
    let silent = stride(from: first.end, to: first.end + 2.9 * bar, by: bar / 4).map { $0 }
    let result = score(beats, first.beats + silent + second.beats, bars: first.bars + second.bars)
    #expect(result.beats > 0.95)
  }

  @Test("The octave stays where the backbeat put it when the hi-hat doubles")
  func octave() {
    var noise = GaussianNoise(seed: 12)
    let first = Groove.rock.play(from: 0.5, bars: 12, bpm: 100, noise: &noise)
    let second = Groove.busy.play(from: first.end, bars: 12, bpm: 100, noise: &noise)
    let beats = track(first.onsets + second.onsets, seconds: second.end)
    let result = score(beats, first.beats + second.beats, bars: first.bars + second.bars)
    #expect(result.beats > 0.98)
  }

  @Test("Twelve minutes are tracked to the end")
  func longSong() {
    var noise = GaussianNoise(seed: 13)
    let song = Groove.rock.play(from: 0.7, bars: 360, bpm: 120, noise: &noise)
    let result = score(track(song.onsets, seconds: song.end), song.beats, bars: song.bars)
    #expect(result.beats > 0.98)
  }

  @Test("A metronome is a steady beat")
  func metronome() {
    let clicks: [Double] = (0..<60).map { 0.5 + 0.5 * Double($0) }
    let beats = track(clicks.map { Onset(time: $0, drum: .ride) }, seconds: 31)
    let inside = beats.map(\.time).filter { $0 > 2 && $0 < 29 }
    let played = clicks.filter { $0 > 2 && $0 < 29 }
    #expect(fMeasure(inside, played, within: 0.02) > 0.98)
  }

  @Test("Drums that enter late are tracked, and the beat is there before them")
  func lateEntry() {
    var noise = GaussianNoise(seed: 7)
    let song = Groove.rock.play(from: 30, bars: 12, bpm: 125, noise: &noise)
    let beats = track(song.onsets, seconds: song.end)
    #expect(score(beats, song.beats, bars: song.bars).beats > 0.95)
    #expect((beats.first?.time ?? 99) < 2)
    let early = beats.filter { $0.time < 29.5 }.map(\.time)
    let periods = zip(early, early.dropFirst()).map { $1 - $0 }
    #expect(periods.allSatisfy { abs($0 - 0.48) < 0.02 })
  }

  @Test("A network that hears beats carries music without drums")
  func activationsOnly() {
    var song = silent(20)
    for beat in 0..<38 {
      let row = (50 + beat * 50) * OutputLayout.count
      song.values[row + OutputLayout.beat] = 0.9
      if beat % 3 == 0 { song.values[row + OutputLayout.downbeat] = 0.9 }
    }
    let beats = BeatTracking.beats(in: song, onsets: [])
    let inside = beats.filter { $0.time > 1.9 && $0.time < 18 }
    let played: [Double] = stride(from: 2.0, to: 18, by: 0.5).map { $0 }
    #expect(fMeasure(inside.map(\.time), played, within: 0.03) > 0.98)
    for bar in inside where bar.position == 1 {
      let bars = (bar.time - 0.5) / 1.5
      #expect(abs(bars - bars.rounded()) < 0.04)
    }
  }

  @Test("Noise, one hit and no hits at all: no crash, ascending beats")
  func degenerate() {
    var noise = GaussianNoise(seed: 8)
    let random = (0..<300).map { _ in
      Onset(
        time: 20 * noise.uniform(), drum: DrumClass(rawValue: Int(8 * noise.uniform()))!,
        confidence: noise.uniform())
    }.sorted { $0.time < $1.time }
    for onsets in [random, [random[5]], []] {
      let beats = track(onsets, seconds: 20)
      #expect(zip(beats, beats.dropFirst()).allSatisfy { $0.time < $1.time })
      #expect(beats.isEmpty == onsets.isEmpty)
    }
    #expect(track([], seconds: 0).isEmpty)
    #expect(track([Onset(time: 0, drum: .kick)], seconds: 0.2).count >= 1)
  }
}
