import Artwork
import Foundation
import TestSupport
import Testing

@Suite("album.png")
struct AlbumArtTests {
  /// Width and height of a PNG.
  func size(_ png: [UInt8]) -> [Int] {
    [16, 20].map { at in png[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
  }

  @Test(arguments: [
    ("Paradise City", "The Examples"), ("", ""), ("A", "B"),
    ("Ænima Žluťoučký kůň úpěl ďábelské ódy", "Кино"),
    (String(repeating: "Supercalifragilistic", count: 20), "One-Man Orchestra"),
    (
      "Several Species of Small Furry Animals Gathered Together in a Cave and Grooving with a Pict",
      "Someone"
    ),
    ("千本桜 feat. 誰か", "東京スカパラダイスオーケストラ"), ("강남스타일", "싸이"), ("أغنية", "فنان"),
    ("Emoji 🥁🔥", "\u{202E}evil\u{0}"),
  ])
  func `any words give a card of 512 by 512`(title: String, artist: String) throws {
    let png = try AlbumArt.png(picture: nil, title: title, artist: artist)
    #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(size(png) == [512, 512])
    #expect(try AlbumArt.png(picture: nil, title: title, artist: artist) == png)
  }

  @Test func `cards of different songs differ`() throws {
    let cards = try (1...4).map { try art(nil, title: "Song \($0)") }
    #expect(Set(cards).count == 4)
  }

  /// The PNG made of a fixture picture.
  func art(_ picture: [UInt8]?, title: String = "Title") throws -> [UInt8] {
    try AlbumArt.png(picture: picture, title: title, artist: "Artist")
  }

  func cover(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Repository.fixture("audio/covers/" + name)))
  }

  @Test(arguments: ["wide.png", "tall.png", "green.gif", "green.webp"])
  func `the central square of the embedded picture is taken`(name: String) throws {
    #expect(try art(cover(name)) == art(cover("green.png")))
  }

  @Test(arguments: ["green.jpg", "progressive.jpg"])
  func `JPEG pictures are read`(name: String) throws {
    let png = try art(cover(name))
    #expect(size(png) == [512, 512])
    #expect(try png != art(nil))
  }

  @Test(arguments: ["wide.png", "green.gif", "green.webp", "green.jpg"])
  func `a picture cut off anywhere still gives a whole file`(name: String) throws {
    let bytes = try cover(name)
    for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 3)) {
      #expect(size(try art(Array(bytes[..<length]))) == [512, 512])
    }
  }

  @Test func `a picture that claims far too many pixels is not decoded`() throws {
    var bomb = try cover("green.png")
    bomb.replaceSubrange(16..<24, with: [0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50])
    #expect(try art(bomb) == art(nil))
  }

  @Test func `text, nothing and noise give the card`() throws {
    let card = try art(nil)
    let noise = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    for bytes in [[], Array("not a picture".utf8), noise, [0xFF, 0xD8, 0xFF]] {
      #expect(try art(bytes) == card)
    }
  }
}
