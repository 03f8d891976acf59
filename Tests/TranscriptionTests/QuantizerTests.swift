import ChartFormat
import DrumNet
import Testing
import Transcription

@Suite("Quantizer")
struct QuantizerTests {
  private let map = TempoMap(
    resolution: 192, tempos: [.init(tick: .zero, tempo: MilliBPM(120_000))],
    metres: [.init(tick: .zero, signature: .common)])

  /// Hits at ticks, heard with the given jitter.
  private func onsets(_ hits: [(tick: Int, drum: DrumClass)], jitter: Double = 0.006) -> [Onset] {
    var noise = GaussianNoise(seed: 5)
    return hits.map { tick, drum in
      Onset(time: map.seconds(at: Tick(tick)) + jitter * noise.next(), drum: drum)
    }
  }

  private func ticks(_ hits: [(tick: Int, drum: DrumClass)], jitter: Double = 0.006) -> [Int] {
    Quantizer.quantize(onsets(hits, jitter: jitter), on: map).map(\.tick.value)
  }

  @Test(
    "A bar of one division comes back", arguments: [192, 96, 64, 48, 32, 24])
  func divisions(step: Int) {
    let hits = stride(from: 768, to: 768 * 5, by: step).map { (tick: $0, drum: DrumClass.snare) }
    #expect(ticks(hits) == hits.map { $0.tick })
  }

  @Test("A shuffle is triplets, with the backbeat on the beat")
  func shuffle() {
    var hits: [(tick: Int, drum: DrumClass)] = []
    for beat in 4..<36 {
      if beat % 2 == 1 { hits.append((beat * 192, .snare)) }
      hits.append((beat * 192, .ride))
      hits.append((beat * 192 + 128, .ride))
    }
    #expect(ticks(hits, jitter: 0.008) == hits.map { $0.tick })
  }

  @Test("A single late hit in straight eighths does not make a triplet")
  func context() {
    var heard = onsets((8..<40).map { (tick: $0 * 96, drum: DrumClass.hihat) }, jitter: 0.003)
    heard[13].time += 0.03
    let found = Quantizer.quantize(heard, on: map).map(\.tick.value)
    #expect(found == (8..<40).map { $0 * 96 })
  }

  @Test("A flam is two drums on one tick")
  func flam() {
    let heard = [
      Onset(time: 2, drum: .tomHigh), Onset(time: 2.024, drum: .snare),
      Onset(time: 2.5, drum: .kick),
    ]
    #expect(Quantizer.quantize(heard, on: map).map(\.tick.value) == [768, 768, 960])
  }

  @Test("A quiet snare stroke just before a loud one makes it a flam, a roll's do not")
  func grace() {
    func written(_ times: [Double], _ velocities: [Int]) -> [GridOnset] {
      let heard = zip(times, velocities).map { Onset(time: $0, drum: .snare, velocity: $1) }
      return Quantizer.quantize(heard, on: map)
    }
    let flam = written([1.97, 2, 2.5], [60, 100, 100])
    #expect(flam.map(\.tick.value) == [768, 960])
    #expect(flam.map(\.onset.isFlam) == [true, false])
    let loose = written([1.97, 2, 2.5], [95, 100, 100])
    #expect(loose.count == 2)
    #expect(!loose.contains { $0.onset.isFlam })
    let roll = written([2, 2.05, 2.1, 2.15, 2.2, 2.25], [50, 90, 50, 90, 50, 90])
    #expect(!roll.contains { $0.onset.isFlam })
  }

  @Test("Two detections of one stroke are one hit, the more confident")
  func double() {
    let heard = [
      Onset(time: 2, drum: .snare, confidence: 0.6),
      Onset(time: 2.03, drum: .snare, confidence: 0.9),
    ]
    let found = Quantizer.quantize(heard, on: map)
    #expect(found.count == 1)
    #expect(found.first?.onset.confidence == 0.9)
  }

  @Test("Random hits: ascending ticks, one per drum and tick, nothing closer than 15 ms")
  func invariants() {
    var noise = GaussianNoise(seed: 11)
    let heard = (0..<2_000).map { _ in
      Onset(
        time: 60 * noise.uniform(), drum: DrumClass(rawValue: Int(8 * noise.uniform()))!,
        confidence: noise.uniform())
    }
    let found = Quantizer.quantize(heard, on: map)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.tick <= $1.tick })
    #expect(Set(found.map { "\($0.tick.value) \($0.onset.drum)" }).count == found.count)
    let times = Set(found.map(\.tick)).sorted().map { map.seconds(at: $0) }
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 > 0.015 })
    #expect(found.allSatisfy { abs(map.seconds(at: $0.tick) - $0.onset.time) < 0.13 })
  }

  @Test("A bar that is played again and again is written the same way each time")
  func repeatedBars() {
    // A triplet that jitter alone would write as sixteenths here and there.
    let bar: [(tick: Int, drum: DrumClass)] = [
      (0, .kick), (96, .hihat), (192, .snare), (256, .tomHigh), (320, .tomLow), (384, .kick),
      (480, .hihat), (576, .snare),
    ]
    let hits = (1..<25).flatMap { n in bar.map { (tick: $0.tick + n * 768, drum: $0.drum) } }
    let found = ticks(hits, jitter: 0.008)
    let written = Set((1..<25).map { n in found.filter { $0 / 768 == n }.map { $0 % 768 } })
    #expect(written == [bar.map { $0.tick }])
  }

  @Test("A drum that is late all through the song is written where it is meant")
  func latency() {
    var noise = GaussianNoise(seed: 9)
    var heard: [Onset] = []
    for step in 16..<144 {
      let time = map.seconds(at: Tick(step * 48))
      heard.append(Onset(time: time + 0.004 * noise.next(), drum: .hihat))
      heard.append(Onset(time: time + 0.022 + 0.004 * noise.next(), drum: .ride))
    }
    let found = Quantizer.quantize(heard.sorted { $0.time < $1.time }, on: map)
    for drum in [DrumClass.hihat, .ride] {
      #expect(
        found.filter { $0.onset.drum == drum }.map(\.tick.value) == (16..<144).map { $0 * 48 })
    }
  }

  @Test("No hits give no notes, and hits before the start stand on the first tick")
  func edges() {
    #expect(Quantizer.quantize([], on: map).isEmpty)
    let found = Quantizer.quantize([Onset(time: -0.01, drum: .kick)], on: map)
    #expect(found.map(\.tick) == [.zero])
  }
}
