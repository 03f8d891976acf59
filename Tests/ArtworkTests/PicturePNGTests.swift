import Artwork
import ChartFormat
import Testing

@Suite("Pictures as PNG")
struct PicturePNGTests {
  private func picture(_ shapes: [Picture.Shape]) -> Picture {
    var picture = Picture(width: 40, height: 30, background: "#102030")
    picture.shapes = shapes
    return picture
  }

  /// Width and height from the header.
  private func size(_ png: [UInt8]) -> (Int, Int) {
    func big(_ at: Int) -> Int { (0..<4).reduce(0) { $0 << 8 | Int(png[at + $1]) } }
    return (big(16), big(20))
  }

  @Test("It has two pixels a point, and every kind of shape leaves its mark")
  func shapes() throws {
    let empty = try PicturePNG.bytes(of: picture([]))
    #expect(empty.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(size(empty) == (80, 60))
    let all: [Picture.Shape] = [
      .rectangle(.init(2, 2), width: 5, height: 4, colour: "#ff0000", opacity: 0.5),
      .line([.init(1, 1), .init(30, 20)], colour: "#00ff00", width: 0.7),
      .dots([.init(20, 15)], radius: 2.5, colour: "#ffff00", opacity: 1),
      .rings([.init(20, 15)], radius: 1.8, colour: "#ffff00"),
      .triangles([.init(20, 15)], colour: "#ffff00"),
      .text(.init(3, 20), "Tempo", size: 11, colour: "#ffffff"),
    ]
    var seen: Set<[UInt8]> = [empty]
    for shape in all { #expect(seen.insert(try PicturePNG.bytes(of: picture([shape]))).inserted) }
  }

  @Test("Shapes that lie partly or wholly outside are no harm")
  func outside() throws {
    _ = try PicturePNG.bytes(
      of: picture([
        .dots(
          [.init(-50, -50), .init(500, 500), .init(0, 30)], radius: 9, colour: "#fff000",
          opacity: 1),
        .line([.init(-10, 5), .init(90, 5)], colour: "none", width: 2),
        .rectangle(.init(35, 25), width: 50, height: 50, colour: "#0000ff", opacity: 1),
      ]))
  }

  @Test("A huge picture is painted smaller")
  func huge() throws {
    let large = Picture(width: 1_200, height: 60_000, background: "#000000")
    let (width, height) = size(try PicturePNG.bytes(of: large))
    #expect(width * height <= 61_000_000 && width < 1_200)
  }
}
