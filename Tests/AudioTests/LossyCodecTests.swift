import Foundation
import Testing

@testable import Audio

@Suite("Lossy codecs") struct LossyCodecTests {
  /// Clicks of a decaying tone on a soft noise floor, 3 s.
  static let music: [Float] = {
    var state: UInt32 = 1
    return (0..<132_300).map { i in
      state = state &* 1_664_525 &+ 1_013_904_223
      let t = Double(i % 22_050) / 44_100
      let tone = 0.7 * exp(-t * 30) * sin(2 * .pi * 1_500 * t)
      return Float(tone) + Float(Int32(bitPattern: state)) * 0x1p-31 * 0.01
    }
  }()

  @Test(
    "What went through a codec has its length, its place to the sample and its sound",
    arguments: [
      LossyCodec.mp3(kilobits: 64), .mp3(kilobits: 160), .opus(kilobits: 64),
      .opus(kilobits: 128), .vorbis(quality: 0.2), .vorbis(quality: 0.7),
    ])
  func alignment(codec: LossyCodec) throws {
    let input = Self.music
    let output = try codec.roundTrip(input)
    #expect(output.count == input.count)
    #expect(output != input)
    // The correlation of 20,000 samples from the middle is highest without a shift.
    let range = 60_000..<80_000
    func product(_ lag: Int) -> Float {
      range.reduce(Float(0)) { $0 + input[$1] * output[$1 + lag] }
    }
    let best = (-40...40).max { product($0) < product($1) }
    #expect(best == 0)
    let energy = range.reduce(Float(0)) { $0 + input[$1] * input[$1] }
    #expect(abs(product(0) / energy - 1) < 0.1)
  }

  @Test("Samples that are no numbers or too loud do not stop an encoder")
  func wild() throws {
    var input = Self.music
    input[1_000] = .nan
    input[2_000] = .infinity
    input[3_000] = 40
    for codec in [LossyCodec.mp3(kilobits: 128), .opus(kilobits: 96), .vorbis(quality: 0.5)] {
      #expect(try codec.roundTrip(input).allSatisfy { $0.isFinite })
    }
  }

  @Test("Nothing in, nothing out")
  func empty() throws { #expect(try LossyCodec.mp3(kilobits: 128).roundTrip([]).isEmpty) }
}
