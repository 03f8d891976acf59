import Audio
import Foundation
import Testing

@Suite("Resampling and downmix")
struct ResamplerTests {
  /// A tone that fades in and out, so that its ends do not ring.
  func tone(_ frequency: Double, rate: Int, seconds: Double = 0.5) -> [Float] {
    let count = Int(Double(rate) * seconds)
    return (0..<count).map { i in
      let t = Double(i) / Double(rate)
      return Float(sin(2 * .pi * frequency * t) * pow(sin(.pi * Double(i) / Double(count)), 2))
    }
  }

  @Test(arguments: [8_000, 22_050, 32_000, 48_000, 96_000, 192_000])
  func `a tone stays the same tone, in place`(rate: Int) throws {
    let converted = try Resampler.resample(tone(1_000, rate: rate), from: rate, to: 44_100)
    let expected = tone(1_000, rate: 44_100)
    #expect(converted.count == expected.count)
    #expect(error(expected, converted) < -80)
  }

  @Test func `what the lower rate cannot hold is gone`() throws {
    let converted = try Resampler.resample(tone(15_000, rate: 48_000), from: 48_000, to: 22_050)
    #expect(converted.allSatisfy { abs($0) < 1e-3 })
  }

  @Test func `lengths are rounded, and nothing stays nothing`() throws {
    for count in [0, 1, 2, 100, 12_345] {
      let converted = try Resampler.resample(
        [Float](repeating: 0.5, count: count), from: 48_000, to: 44_100)
      #expect(converted.count == Int((Double(count) * 44_100 / 48_000).rounded()))
      #expect(converted.allSatisfy { $0.isFinite })
    }
    #expect(try Resampler.resample([1, 2, 3], from: 44_100, to: 44_100) == [1, 2, 3])
  }

  @Test func `downmix is the mean`() {
    let buffer = AudioBuffer(channels: [[1, 0, -1], [0, 0.5, -1]], sampleRate: 8_000)
    #expect(buffer.downmixed() == [0.5, 0.25, -1])
    #expect(buffer.peak == 1)
  }
}
