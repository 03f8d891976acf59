import CSndFile
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
    let noise = Self.noise
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

  static let noise = {
    var state: UInt64 = 3
    return (0..<44_100).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / 4_294_967_296
    }
  }()

  /// The packets of sound in an Ogg Vorbis file.
  func packets(_ url: URL) throws -> [[UInt8]] {
    let media = MediaFile(bytes: [UInt8](try Data(contentsOf: url)), name: "song.ogg")
    var reader = OggPageReader(media, start: 0, limit: media.size)
    var (packets, open): ([[UInt8]], [UInt8]) = ([], [])
    while let page = try reader.next() { page.addPackets(to: &packets, open: &open) }
    return Array(packets.dropFirst(3))
  }

  @Test func `an Ogg Vorbis song is copied packet by packet`() throws {
    let folder = try TemporaryFolder()
    // It begins at once and loudly: nothing but its first block's rise may come before it.
    try write(
      AudioBuffer(channels: [Self.noise], sampleRate: 44_100), leadIn: 0,
      to: folder("in.ogg").path)
    let original = try AudioFile.decode(path: folder("in.ogg").path).buffer
    let song = try SongSurvey(path: folder("in.ogg").path)
    for leadIn in [0, 0.3, 2.71828] {
      try? FileManager.default.removeItem(at: folder("song.ogg"))
      let writer = try OggWriter(song, to: folder("song.ogg").path)
      let result = try writer.finish(leadIn: leadIn)
      #expect(result.gain == 1)
      let silence = Int((leadIn * 44_100).rounded())
      let copy = try AudioFile.decode(path: folder("song.ogg").path).buffer
      #expect(copy.frameCount == silence + original.frameCount)
      #expect(copy.channels.map { Array($0.dropFirst(silence)) } == original.channels)
      #expect(copy.channels[0].prefix(max(0, silence - 128)).allSatisfy { $0 == 0 })
      let own = try packets(folder("in.ogg"))
      #expect(Array(try packets(folder("song.ogg")).suffix(own.count)) == own)
    }
  }

  @Test func `an Ogg Vorbis song that cannot stay is encoded`() throws {
    let folder = try TemporaryFolder()
    func info(_ channels: Int, _ rate: Int) -> SF_INFO {
      var info = SF_INFO()
      (info.samplerate, info.channels) = (Int32(rate), Int32(channels))
      info.format = Int32(SF_FORMAT_OGG | SF_FORMAT_VORBIS)
      return info
    }
    for (channels, rate, gain) in [(1, 44_100, Float(1)), (2, 22_050, 1), (2, 44_100, 3)] {
      let path = folder("\(channels)-\(rate)-\(gain).ogg").path
      let file = try OwnedDescriptor(creating: path)
      var ogg = try SndFile(writing: file.number, info: info(channels, rate), name: path)
      let samples = Self.noise.flatMap { Array(repeating: $0 * gain, count: channels) }
      try ogg.write(samples, frames: Self.noise.count)
      try ogg.close()
      let song = try SongSurvey(path: path)
      let result = try OggWriter(song, to: path + ".out").finish(leadIn: 0.5)
      let copy = try AudioFile.decode(path: path + ".out").buffer
      #expect(copy.channels.count == 2 && copy.sampleRate == 44_100 && copy.peak <= 1)
      #expect(result.gain < 1 || gain == 1)
    }
  }

  @Test func `encoding ends where it is not wanted`() throws {
    let folder = try TemporaryFolder()
    let long = AudioBuffer(
      channels: [[Float](repeating: 0.1, count: 4_410_000)], sampleRate: 44_100)
    var asked = 0
    #expect(throws: AudioError.self) {
      try OggWriter(
        long, peak: 0.1, to: folder("song.ogg").path,
        isWanted: {
          asked += 1
          return false
        })
    }
    #expect(asked == 1)
    #expect(TemporaryFolder.names(in: folder.url).isEmpty)
  }
}
