import Testing

@testable import Audio

@Suite("Raw samples")
struct RawPCMTests {
  @Test(arguments: [1, 2, 3, 7, 64])
  func `pieces of any size give the same frames`(size: Int) throws {
    let values: [Int16] = [0, 1, -1, 32_767, -32_768, 1_000, -1_000, 5]
    let bytes = values.flatMap {
      [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
    }
    var pcm = try RawPCM(.s16le, sampleRate: 8_000, channels: 2)
    var channels: [[Float]] = [[], []]
    for start in stride(from: 0, to: bytes.count, by: size) {
      let block = pcm.append(bytes[start..<min(bytes.count, start + size)])
      for channel in 0..<2 { channels[channel] += block.channels[channel] }
    }
    let expected = values.map { Float($0) / 32_768 }
    #expect(channels[0] == stride(from: 0, to: 8, by: 2).map { expected[$0] })
    #expect(channels[1] == stride(from: 1, to: 8, by: 2).map { expected[$0] })
  }

  @Test func `floats are taken as they are, but for what is no number`() throws {
    var pcm = try RawPCM(.f32le, sampleRate: 44_100, channels: 1)
    let bytes = [0.25, -0.5, Float.nan, .infinity].flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    #expect(pcm.append(bytes).channels == [[0.25, -0.5, 0, 0]])
  }

  @Test func `rates and channels that nobody has are refused`() {
    #expect(throws: AudioError.self) { try RawPCM(.s16le, sampleRate: 1, channels: 2) }
    #expect(throws: AudioError.self) { try RawPCM(.s16le, sampleRate: 44_100, channels: 0) }
    #expect(throws: AudioError.self) { try RawPCM(.s16le, sampleRate: 44_100, channels: 99) }
  }
}
