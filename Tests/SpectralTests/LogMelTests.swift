import Foundation
import Spectral
import TestSupport
import Testing

/// Deterministic noise in -1..<1.
func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
  }
}

@Suite("The log-mel front end")
struct LogMelTests {
  @Test func `real audio gives librosa's values`() throws {
    let wav = [UInt8](try Data(contentsOf: Repository.fixture("mel/excerpt.wav")))
    let samples = stride(from: 44, to: wav.count, by: 2).map { i in
      Float(Int16(truncatingIfNeeded: Int(wav[i]) | Int(wav[i + 1]) << 8)) / 32_768
    }
    #expect(samples.count == 15_000)
    let golden = [UInt8](try Data(contentsOf: Repository.fixture("mel/golden.f32")))
    let expected = stride(from: 0, to: golden.count, by: 4).map { i in
      Float(bitPattern: golden[i..<i + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
    let spectrogram = LogMel(settings: MelSettings()).spectrogram(of: samples)
    #expect(spectrogram.frames == 35 && spectrogram.bins == 128)
    #expect(spectrogram.framesPerSecond == 100)
    try #require(spectrogram.values.count == expected.count)
    let worst = zip(spectrogram.values, expected).map { abs($0 - $1) / abs($1) }.max()!
    // Single against double precision; regenerate with Tests/Fixtures/mel/make_golden.py.
    #expect(worst < 1e-4)
  }

  @Test func `silence is exactly zero and nothing is no frames`() {
    let front = LogMel(settings: MelSettings())
    #expect(
      front.spectrogram(of: [Float](repeating: 0, count: 5_000)).values.allSatisfy { $0 == 0 })
    #expect(front.spectrogram(of: []).frames == 0)
  }

  @Test(arguments: [1, 440, 441, 442, 2_047, 2_048, 2_049, 44_100])
  func `any length gives one frame per hop and one at the start`(count: Int) {
    let spectrogram = LogMel(settings: MelSettings()).spectrogram(of: noise(count))
    #expect(spectrogram.frames == 1 + count / 441)
    #expect(spectrogram.values.allSatisfy { $0.isFinite })
  }

  @Test func `a click peaks in the frame centred on it`() {
    var samples = [Float](repeating: 0, count: 44_100)
    samples[50 * 441] = 1
    let spectrogram = LogMel(settings: MelSettings()).spectrogram(of: samples)
    let energies = (0..<spectrogram.frames).map { frame in
      spectrogram.values[frame * 128..<(frame + 1) * 128].reduce(0, +)
    }
    #expect(energies.firstIndex(of: energies.max()!) == 50)
  }

  @Test func `a tone is loudest in the band around it`() {
    let settings = MelSettings()
    let bands = MelFilterbank(settings: settings).bands
    for frequency in [60.0, 440, 3_000, 15_000] {
      let tone = (0..<22_050).map { Float(sin(2 * .pi * frequency * Double($0) / 44_100)) }
      let values = LogMel(settings: settings).values(of: tone, frames: 20..<21)
      let loudest = bands[values.firstIndex(of: values.max()!)!]
      let bin = frequency * 2_048 / 44_100
      #expect(Double(loudest.firstBin) - 1 <= bin)
      #expect(bin <= Double(loudest.firstBin + loudest.weights.count))
    }
  }

  @Test func `frames computed in parts are the whole's bits`() {
    let samples = noise(30_000)
    let front = LogMel(settings: MelSettings())
    let whole = front.spectrogram(of: samples)
    let parts = [0..<10, 10..<11, 11..<whole.frames].flatMap {
      front.values(of: samples, frames: $0)
    }
    #expect(parts == whole.values)
    let other = LogMel(settings: MelSettings())
    #expect(other.spectrogram(of: samples).values == whole.values)
  }

  @Test func `quiet and loud audio are measured alike`() {
    let settings = MelSettings()
    let samples = noise(4_410)
    func magnitudes(_ scale: Float) -> [Double] {
      LogMel(settings: settings).values(of: samples.map { $0 * scale }, frames: 4..<6)
        .map { expm1(Double($0)) / settings.compression / Double(scale) }
    }
    let expected = magnitudes(1)
    for scale: Float in [1e-7, 1e-5, 1e-3, 0.03, 30, 1_000] {
      let worst = zip(magnitudes(scale), expected).map { abs($0 / $1 - 1) }.max()!
      // A logarithm of about 16 known to 1e-7 is a magnitude known to 2e-6.
      #expect(worst < 5e-6)
    }
  }

  @Test func `every band covers at least one bin of the transform`() {
    let bands = MelFilterbank(settings: MelSettings()).bands
    #expect(bands.count == 128)
    #expect(bands.allSatisfy { $0.weights.contains { $0 > 0 } })
  }
}
