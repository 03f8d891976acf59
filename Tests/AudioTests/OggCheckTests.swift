import Foundation
import TestSupport
import Testing

@testable import Audio

@Suite("Reading song.ogg back")
struct OggCheckTests {
  /// Noise bursts of half a second, written behind half a second of silence.
  private static let song: AudioBuffer = {
    var state: UInt64 = 7
    let samples = (0..<132_300).map { i -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Float(Int64(bitPattern: state) >> 40) / 8_388_608
      return noise * 0.5 * exp(-Float(i % 22_050) / 4_000)
    }
    return AudioBuffer(channels: [samples], sampleRate: 44_100)
  }()

  private func check(
    _ source: AudioBuffer, gain: Float = 1, silence: Int = 22_050
  ) throws -> OggCheck {
    let folder = try TemporaryFolder()
    let path = folder("song.ogg").path
    try write(Self.song, leadIn: 0.5, to: path)
    let file = try OwnedDescriptor(reading: path)
    let media = try MediaFile(descriptor: file.number, name: path)
    var pieces = SongPieces(frameCount: source.frameCount)
    pieces.append(source.channels[0])
    return try OggCheck(media, pieces: pieces, rate: 44_100, gain: gain, silence: silence)
  }

  @Test func `the song itself passes`() throws {
    let check = try check(Self.song)
    #expect(check.fault == nil)
    #expect(check.frames == 154_350)
    #expect(abs(check.peak - Self.song.peak) < 0.2)
  }

  @Test(arguments: [-400, -100, 100, 400])
  func `a song that begins elsewhere does not`(shift: Int) throws {
    var samples = Self.song.channels[0]
    if shift > 0 {
      samples = [Float](repeating: 0, count: shift) + samples.dropLast(shift)
    } else {
      samples = samples.dropFirst(-shift) + [Float](repeating: 0, count: -shift)
    }
    let moved = AudioBuffer(channels: [samples], sampleRate: 44_100)
    #expect(try check(moved).fault == "what came back is not the song, or is shifted")
  }

  @Test func `another length does not`() throws {
    let fault = try check(Self.song, silence: 22_051).fault
    #expect(fault == "154350 samples came back of 154351")
  }

  @Test func `another song does not`() throws {
    var other = Self.song
    other.channels[0].reverse()
    #expect(try check(other).fault != nil)
  }

  @Test func `a steady tone, which fits itself everywhere, passes when it is written`() throws {
    let tone = AudioBuffer(
      channels: [(0..<200_000).map { 0.4 * sin(Float($0) * 0.06) }], sampleRate: 44_100)
    let folder = try TemporaryFolder()
    #expect(throws: Never.self) {
      try write(tone, leadIn: 1, to: folder("tone.ogg").path)
    }
  }
}
