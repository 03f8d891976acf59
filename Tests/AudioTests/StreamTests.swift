import Foundation
import TestSupport
import Testing

@testable import Audio

@Suite("Reading block by block")
struct StreamTests {
  /// Everything that a stream hands out, end to end.
  func whole(_ stream: some AudioStream) throws -> [[Float]] {
    var channels: [[Float]] = []
    try stream.read { block in
      #expect(block.sampleRate == stream.sampleRate)
      if channels.isEmpty { channels = block.channels.map { _ in [] } }
      for (index, samples) in block.channels.enumerated() { channels[index] += samples }
      return true
    }
    return channels
  }

  func survey<Answer>(_ bytes: [UInt8], _ body: (SongSurvey) throws -> Answer) throws -> Answer {
    let folder = try TemporaryFolder()
    try Data(bytes).write(to: folder("song"))
    let file = try OwnedDescriptor(reading: folder("song").path)
    return try body(try SongSurvey(descriptor: file.number, name: "song"))
  }

  @Test(arguments: [
    "bursts.mp3", "bursts-no-info.mp3", "bursts.flac", "bursts.ogg", "bursts.opus", "bursts.oga",
  ])
  func `the survey knows the song, which can be read again and again`(name: String) throws {
    let bytes = try Bursts.fixture(name)
    let song = try decode(bytes)
    try survey(bytes) { survey in
      #expect(survey.frameCount == song.buffer.frameCount && survey.format == song.format)
      #expect(survey.peak == song.buffer.peak && survey.tags == song.tags)
      #expect(survey.channels == song.buffer.channels.count)
      #expect(survey.duration == song.buffer.duration)
      for _ in 0..<2 {
        let channels = try whole(survey)
        #expect(channels == song.buffer.channels)
      }
    }
  }

  @Test func `reading ends where no more is wanted`() throws {
    try survey(RIFF.bursts(bits: 16, channels: 2).bytes) { survey in
      var frames = 0
      try survey.read { block in
        frames += block.frameCount
        return frames < 5_000
      }
      #expect(frames >= 5_000 && frames < 10_000)
    }
  }

  @Test func `a file that is cut off or nothing is the same as at once`() throws {
    let mp3 = try Bursts.fixture("bursts.mp3")
    let cut = Array(mp3.prefix(mp3.count * 6 / 10))
    let song = try decode(cut)
    let channels = try survey(cut) { try whole($0) }
    #expect(channels == song.buffer.channels)
    for bytes in [[], Array("words".utf8), Array(mp3.prefix(300))] as [[UInt8]] {
      let reason = try #require(throws: AudioError.self) { try decode(bytes) }.reason
      let other = try #require(throws: AudioError.self) { try survey(bytes) { _ in } }
      #expect(other.reason == reason)
    }
  }

  @Test func `formats that change on the way become the first one`() throws {
    let rate = 44_100
    let tone = (0..<rate).map { 0.5 * sin(Float($0) * 0.06) }
    var joint = StreamJoint(name: "joint", limits: DecodeLimits())
    var joined = AudioBuffer(channels: [[], []], sampleRate: rate)
    func take(_ block: AudioBuffer) -> Bool {
      for channel in 0..<2 { joined.channels[channel] += block.channels[channel] }
      return true
    }
    _ = try joint.add(AudioBuffer(channels: [tone, tone], sampleRate: rate), take)
    for part in 0..<10 {
      let half = AudioBuffer(
        channels: [Array(tone[part * 2_000..<(part + 1) * 2_000])], sampleRate: 22_050)
      _ = try joint.add(half, take)
    }
    try joint.finish(take)
    #expect(joined.frameCount == rate + 40_000)
    let half = try Resampler.resample(Array(tone.prefix(20_000)), from: 22_050, to: rate)
    #expect(error(half, Array(joined.channels[1].dropFirst(rate))) < -110)
  }

  @Test(arguments: [1, 7, 441, 4_096, 100_000])
  func `resampled in blocks is resampled as a whole`(size: Int) throws {
    let samples = Bursts.samples.map(Float.init)
    for (from, to) in [(48_000, 44_100), (8_000, 44_100), (192_000, 44_100)] {
      let stream = try StreamResampler(from: from, to: to)
      var blocks: [Float] = []
      var position = 0
      while position < samples.count {
        let end = min(samples.count, position + size)
        blocks += try stream.resample(Array(samples[position..<end]))
        position = end
      }
      blocks += try stream.finish()
      let whole = try Resampler.resample(samples, from: from, to: to)
      #expect(blocks.count == whole.count)
      #expect(zip(blocks, whole).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }
}
