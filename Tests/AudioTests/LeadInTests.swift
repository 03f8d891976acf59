import Foundation
import TestSupport
import Testing

@testable import Audio

@Suite("Silence before an encoded song")
struct LeadInTests {
  /// What a decoder makes of packets: a quarter of each block and of the one before, by the sizes
  /// that the packets themselves and the long ones' flags tell.
  func decoded(_ packets: [UInt8]) -> Int? {
    let isLong = packets.map { $0 & 2 != 0 }
    for (index, packet) in packets.enumerated() where isLong[index] {
      if index > 0, (packet & 4 != 0) != isLong[index - 1] { return nil }
      if index + 1 < packets.count, (packet & 8 != 0) != isLong[index + 1] { return nil }
    }
    let sizes = isLong.map { $0 ? 2_048 : 256 }
    return zip(sizes, sizes.dropFirst()).reduce(0) { $0 + ($1.0 + $1.1) / 4 }
  }

  @Test func `any length is reached, less than half a block dropped`() throws {
    for frames in Array(LeadIn.shortest..<LeadIn.shortest + 3_000) + [100_000, 1_234_567] {
      let leadIn = LeadIn(frames: frames)
      // The song begins with a short block.
      let length = try #require(decoded(leadIn.packets + [0]))
      #expect((0..<64).contains(length - frames))
      let pages = leadIn.pages(serial: 7, sequence: 2)
      #expect(pages.flatMap(\.content) == leadIn.packets)
      #expect(pages.map(\.sequence) == (0..<pages.count).map { 2 + UInt32($0) })
      let granules = pages.map { Int($0.granule) }
      #expect(granules == granules.sorted() && granules[0] > 0 && granules.last! <= frames)
    }
  }

  @Test func `a page of ours reads back as it was, with the checksum of libogg`() throws {
    let folder = try TemporaryFolder()
    let path = folder("song.ogg").path
    let tone = AudioBuffer(
      channels: [(0..<44_100).map { 0.3 * sin(Float($0) * 0.05) }], sampleRate: 44_100)
    try write(tone, leadIn: 0, to: path)
    let bytes = [UInt8](try Data(contentsOf: folder("song.ogg")))
    let media = MediaFile(bytes: bytes, name: "song.ogg")
    var reader = OggPageReader(media, start: 0, limit: bytes.count)
    var again: [UInt8] = []
    while let page = try reader.next() { again += page.bytes }
    #expect(again == bytes)
  }

  @Test func `the song itself is not encoded anew`() throws {
    let folder = try TemporaryFolder()
    var state: UInt64 = 3
    let noise = (0..<44_100).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / 4_294_967_296
    }
    let song = AudioBuffer(channels: [noise], sampleRate: 44_100)
    let writer = try OggWriter(song, peak: song.peak, to: folder("song.ogg").path)
    #expect(TemporaryFolder.names(in: folder.url).isEmpty)
    var parts: [[Float]] = []
    for leadIn in [0.3, 4.44444] {
      try? FileManager.default.removeItem(at: folder("song.ogg"))
      _ = try writer.finish(leadIn: leadIn)
      let audio = try AudioFile.decode(path: folder("song.ogg").path).buffer
      let silence = Int((leadIn * 44_100).rounded())
      #expect(audio.frameCount == silence + noise.count)
      parts.append(Array(audio.channels[0].dropFirst(silence)))
    }
    #expect(parts[0] == parts[1])
  }

  @Test func `encoding ends where it is not wanted`() throws {
    let folder = try TemporaryFolder()
    let long = AudioBuffer(
      channels: [[Float](repeating: 0.1, count: 4_410_000)], sampleRate: 44_100)
    let start = ContinuousClock().now
    #expect(throws: AudioError.self) {
      try OggWriter(long, peak: 0.1, to: folder("song.ogg").path, isWanted: { false })
    }
    #expect(ContinuousClock().now - start < .seconds(2))
    #expect(TemporaryFolder.names(in: folder.url).isEmpty)
  }
}
