import Audio
import Foundation
import Testing

@Suite("Reading WAV, FLAC, Ogg, Opus and AIFF")
struct SndFileTests {
  let original = Bursts.samples.map(Float.init)

  @Test(arguments: [8, 16, 24, 32])
  func `WAV of any width has the right values`(bits: Int) throws {
    let song = try decode(RIFF.bursts(bits: bits).bytes)
    #expect(song.format == "WAV \(bits)-bit, 44100 Hz, mono")
    #expect(song.buffer.frameCount == Bursts.length)
    let step = 1 / Float(1 << (bits - 1))
    let worst = zip(song.buffer.channels[0], original).map { abs($0 - $1) }.max()!
    #expect(worst <= 1.5 * step + 1e-6)
  }

  @Test(arguments: [32, 64])
  func `float WAV is taken as it is, but for what is no sound`(bits: Int) throws {
    var samples = Array(Bursts.samples.prefix(5_000))
    samples[10] = .nan
    samples[11] = .infinity
    samples[12] = -.infinity
    samples[13] = 1e30
    samples[14] = 1.5
    let song = try decode(RIFF.float(samples, bits: bits).bytes)
    #expect(song.buffer.channels[0][10...14] == [0, 0, 0, 0, 1.5])
    #expect(song.buffer.channels[0][3_000..<5_000] == original[3_000..<5_000])
  }

  @Test func `RF64 and WAV with tags are read`() throws {
    var riff = RIFF.bursts(bits: 16, channels: 2)
    riff.magic = "RF64"
    let large = try decode(riff.bytes)
    #expect(large.format == "RF64 16-bit, 44100 Hz, stereo")
    #expect(large.buffer.frameCount == Bursts.length)
    riff.magic = "RIFF"
    riff.extra = RIFF.info([
      ("INAM", Array("Caf".utf8) + [0xE9]), ("IART", Array("Björk".utf8)),
      ("IPRD", Array("Album".utf8)), ("ICRD", Array("2001-02-03".utf8)),
      ("IGNR", Array("Rock".utf8)),
    ])
    let tags = try decode(riff.bytes).tags
    #expect(tags.title == "Café" && tags.artist == "Björk" && tags.album == "Album")
    #expect(tags.year == "2001" && tags.genre == "Rock")
  }

  @Test(arguments: [
    ("bursts.flac", "FLAC 16-bit, 44100 Hz, mono"),
    ("bursts.oga", "Ogg FLAC 16-bit, 44100 Hz, mono"),
    ("bursts.ogg", "Ogg Vorbis, 44100 Hz, mono"), ("bursts.opus", "Opus, 48000 Hz, mono"),
  ])
  func `each container gives audio in time, tags and picture`(name: String, format: String) throws {
    let song = try decode(Bursts.fixture(name), as: "wrong name.mp3")
    #expect(song.format == format)
    let audio = try song.buffer.resampled(to: Bursts.rate)
    #expect(abs(audio.frameCount - Bursts.length) <= 1)
    #expect(abs(Bursts.lag(of: audio.channels[0])) <= 1)
    #expect(song.tags.title == "Žluťoučký kůň" && song.tags.artist == "The Bursts")
    #expect(song.tags.album == "Clicks" && song.tags.year == "1999")
    #expect(song.tags.genre == "Noise" && song.tags.track == 7)
    let cover = try Bursts.fixture("covers/green.png")
    #expect(song.tags.picture == EmbeddedPicture(mimeType: "image/png", bytes: cover))
    if name.hasSuffix("a") || name.hasSuffix("flac") {
      #expect(zip(audio.channels[0], original).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  @Test func `FLAC behind an ID3 tag is still FLAC`() throws {
    var tag = ID3Builder()
    tag.text("TIT2", "Misplaced")
    let song = try decode(tag.bytes + Bursts.fixture("bursts.flac"))
    #expect(song.format == "FLAC 16-bit, 44100 Hz, mono")
    #expect(song.buffer.frameCount == Bursts.length)
    #expect(song.tags.title == "Žluťoučký kůň")
  }

  @Test func `AIFF is read`() throws {
    // 44,100 as the 80-bit float that AIFF wants.
    let rate: [UInt8] = [0x40, 0x0E, 0xAC, 0x44, 0, 0, 0, 0, 0, 0]
    func big(_ value: Int, _ count: Int) -> [UInt8] { RIFF.word(value, count).reversed() }
    let data = Bursts.samples.flatMap { big(Int(($0 * 32_767).rounded()), 2) }
    let common = big(1, 2) + big(Bursts.length, 4) + big(16, 2) + rate
    func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
      name.utf8 + big(body.count, 4) + body
    }
    var body = Array("AIFF".utf8)
    body += chunk("COMM", common)
    body += chunk("NAME", Array("Song".utf8))
    body += chunk("SSND", big(0, 8) + data)
    let song = try decode(chunk("FORM", body))
    #expect(song.format == "AIFF 16-bit, 44100 Hz, mono")
    #expect(song.buffer.frameCount == Bursts.length)
    #expect(Bursts.lag(of: song.buffer.channels[0]) == 0)
    #expect(song.tags.title == "Song")
  }

  @Test func `surround is folded to stereo, left to the left`() throws {
    // Left, right, centre, subwoofer, left and right surround; one sounds at a time.
    let weights: [(Float, Float)] = [
      (1, 0), (0, 1), (0.7071, 0.7071), (0, 0), (0.7071, 0), (0, 0.7071),
    ]
    for (channel, weight) in weights.enumerated() {
      var riff = RIFF(channels: 6, rate: 48_000, bits: 16)
      riff.data = (0..<500).flatMap { _ in
        (0..<6).flatMap { RIFF.word($0 == channel ? 16_384 : 0, 2) }
      }
      let song = try decode(riff.bytes)
      #expect(song.format == "WAV 16-bit, 48000 Hz, 6 channels")
      #expect(song.buffer.channels.count == 2)
      #expect(abs(song.buffer.channels[0][100] - 0.5 * weight.0) < 1e-3)
      #expect(abs(song.buffer.channels[1][100] - 0.5 * weight.1) < 1e-3)
    }
  }

  @Test(arguments: [8_000, 96_000])
  func `other rates come as they are`(rate: Int) throws {
    let song = try decode(RIFF.bursts(bits: 24, channels: 2, rate: rate).bytes)
    #expect(song.buffer.sampleRate == rate && song.buffer.channels.count == 2)
  }

  @Test func `broken pictures and comments are passed over`() throws {
    for name in ["bursts.flac", "bursts.ogg", "bursts.opus", "bursts.oga"] {
      let bytes = try Bursts.fixture(name)
      // Overwrite each length field's neighbourhood in turn.
      for offset in stride(from: 4, to: 700, by: 23) {
        var damaged = bytes
        for i in offset..<min(offset + 4, damaged.count) { damaged[i] = 0xFF }
        _ = try? decode(damaged)
      }
    }
  }
}
