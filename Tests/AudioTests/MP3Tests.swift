import Audio
import Foundation
import Testing

@Suite("Reading MP3")
struct MP3Tests {
  let plain = try! Bursts.fixture("bursts.mp3")
  /// The same frames without the header that tells delay and padding.
  let bare = try! Bursts.fixture("bursts-no-info.mp3")

  @Test func `encoder delay and padding are gone to the sample`() throws {
    let song = try decode(plain)
    #expect(song.format == "MP3, 44100 Hz, mono")
    #expect(song.buffer.frameCount == Bursts.length)
    #expect(Bursts.lag(of: song.buffer.channels[0]) == 0)
    let original = Bursts.samples.map(Float.init)
    #expect(error(original, song.buffer.channels[0]) < -20)
  }

  @Test func `frames without an info header decode whole`() throws {
    let song = try decode(bare)
    #expect(song.buffer.frameCount % 1_152 == 0)
    #expect(song.buffer.frameCount >= Bursts.length)
  }

  @Test func `the name does not matter`() throws {
    for name in ["song.wav", "song", "song.flac", "ʻŌlelo.txt"] {
      #expect(try decode(plain, as: name).buffer.frameCount == Bursts.length)
    }
  }

  @Test(arguments: [3, 4])
  func `ID3v2 gives all tags and the front cover`(version: Int) throws {
    let cover = try Bursts.fixture("covers/green.png")
    var tag = ID3Builder(version: version)
    let utf = version == 4 ? 3 : 1 as UInt8
    tag.text("TIT2", "Žluťoučký kůň 千", encoding: utf)
    tag.text("TPE1", "The Bursts\u{0}Another", encoding: utf)
    tag.text("TALB", "  Clicks \n and Pops ", encoding: utf)
    tag.text(version == 4 ? "TDRC" : "TYER", "1999-12-31", encoding: utf)
    tag.text("TRCK", "7/12", encoding: 0)
    tag.text("TCON", "(17)", encoding: 0)
    tag.picture([1, 2, 3], kind: 4)
    tag.picture(cover)
    let song = try decode(tag.bytes + plain)
    #expect(song.buffer.frameCount == Bursts.length)
    #expect(song.tags.title == "Žluťoučký kůň 千")
    #expect(song.tags.artist == "The Bursts")
    #expect(song.tags.album == "Clicks and Pops")
    #expect(song.tags.year == "1999")
    #expect(song.tags.track == 7)
    #expect(song.tags.genre == "Rock")
    #expect(song.tags.picture == EmbeddedPicture(mimeType: "image/png", bytes: cover))
  }

  @Test(arguments: [
    ("17", "Rock"), ("(17)", "Rock"), ("(4)Eurodisco", "Eurodisco"), ("Synthwave", "Synthwave"),
    ("(9)(138)", "Metal"), ("999", nil), ("((Odd", "(Odd"), ("(RX)", "Remix"), ("()", "()"),
  ])
  func `genres become names`(raw: String, name: String?) throws {
    var tag = ID3Builder()
    tag.text("TCON", raw, encoding: 0)
    #expect(try decode(tag.bytes + plain).tags.genre == name)
  }

  @Test func `ID3v1 is read as Windows-1252 or UTF-8, and v2 goes first`() throws {
    let old = ID3Builder.version1(
      title: [0x93] + Array("Caf".utf8) + [0xE9, 0x94], artist: Array("Björk".utf8),
      album: Array("Début".utf8), year: "1993", track: 5, genre: 9)
    let tags = try decode(plain + old).tags
    #expect(tags.title == "“Café”")
    #expect(tags.artist == "Björk")
    #expect(tags.year == "1993" && tags.track == 5 && tags.genre == "Metal")
    var new = ID3Builder()
    new.text("TIT2", "New", encoding: 0)
    let both = try decode(new.bytes + plain + old)
    #expect(both.tags.title == "New" && both.tags.artist == "Björk")
    #expect(both.buffer.frameCount == Bursts.length)
  }

  @Test(
    arguments: [
      // Windows-1251, Shift-JIS, EUC-KR, GBK; and Western words that must stay what they are.
      ([0xCF, 0xE5, 0xF1, 0xED, 0xFF, 0x20, 0x31], "Песня 1"),
      ([0x83, 0x8D, 0x83, 0x62, 0x83, 0x4E, 0x82, 0xCC, 0x89, 0xCC], "ロックの歌"),
      ([0xB3, 0xEB, 0xB7, 0xA1, 0x20, 0xB9, 0xEA, 0xB5, 0xE5], "노래 밴드"),
      ([0xB8, 0xE8, 0xCA, 0xD6, 0xD6, 0xDC, 0xBD, 0xDC], "歌手周杰"),
      ([0x4D, 0x6F, 0x74, 0xF6, 0x72, 0x68, 0x65, 0x61, 0x64], "Motörhead"),
      ([0xC9, 0x74, 0xE9], "Été"), ([0xC5, 0x72, 0x20, 0xE5, 0x20, 0xF6], "År å ö"),
    ] as [([UInt8], String)])
  func `old encodings are told apart by how they look`(bytes: [UInt8], text: String) throws {
    let old = ID3Builder.version1(title: bytes)
    #expect(try decode(plain + old).tags.title == text)
    var tag = ID3Builder()
    tag.raw("TIT2", [0] + bytes)
    #expect(try decode(tag.bytes + plain).tags.title == text)
  }

  @Test func `UTF-8 in a frame marked Latin-1 is repaired`() throws {
    var tag = ID3Builder()
    tag.raw("TIT2", [0] + "Motörhead".utf8)
    #expect(try decode(tag.bytes + plain).tags.title == "Motörhead")
  }

  @Test(arguments: [1, 100, 5_000, 100_000])
  func `junk before the first frame is passed over`(count: Int) throws {
    let junk = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 3) }
    let song = try decode([0] + junk + plain)
    #expect(abs(song.buffer.frameCount - Bursts.length) < 1_152)
    #expect(abs(Bursts.lag(of: song.buffer.channels[0])) <= 44)
  }

  @Test func `a truncated file decodes as far as it goes`() throws {
    for share in [0.9, 0.6] {
      let song = try decode(Array(plain.prefix(Int(Double(plain.count) * share))))
      #expect(Bursts.lag(of: song.buffer.channels[0]) == 0)
      #expect(song.buffer.frameCount < Bursts.length)
      #expect(Double(song.buffer.frameCount) > Double(Bursts.length) * (share - 0.25))
    }
    #expect(try decode(Array(plain.prefix(1_200))).buffer.frameCount > 0)
  }

  @Test func `damage in the middle costs only a moment`() throws {
    var damaged = plain
    for i in damaged.count / 2..<damaged.count / 2 + 300 { damaged[i] = 0x55 }
    let song = try decode(damaged)
    #expect(Bursts.lag(of: song.buffer.channels[0]) == 0)
    #expect(song.buffer.frameCount > Bursts.length * 3 / 4)
    #expect(song.buffer.channels[0].allSatisfy { $0.isFinite })
  }

  @Test func `streams glued together play one after the other`() throws {
    let song = try decode(bare + bare)
    let one = try decode(bare).buffer.frameCount
    #expect(abs(song.buffer.frameCount - 2 * one) <= 2 * 1_152)
  }

  @Test func `a tag that lies about its size is no crash`() throws {
    for size in [[0x7F, 0x7F, 0x7F, 0x7F], [0, 0, 0, 0], [0, 1, 0, 0]] as [[UInt8]] {
      let bytes = "ID3".utf8 + [4, 0, 0] + size + plain
      _ = try? decode(bytes)
    }
    var tag = ID3Builder(version: 4)
    tag.frames += "APIC".utf8 + [0x7F, 0x7F, 0x7F, 0x7F, 0, 0, 0]
    #expect(try decode(tag.bytes + plain).tags.picture == nil)
  }
}
