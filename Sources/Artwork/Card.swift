internal import Glibc

/// The picture for a song without one: a cymbal seen from above in a colour of the song's own,
/// title and artist below. The same words always give the same card.
struct Card {
  let title: String
  let artist: String

  func draw(side: Int) throws(ArtworkError) -> Image {
    let image = try Image(width: side, height: side)
    paint(image, side: side)
    let left = side / 14
    var baseLine = side - side / 10
    if let line = TextBlock(artist, width: side - 2 * left, sizes: [20, 17, 14], lines: 1) {
      line.draw(
        on: image, x: left, bottom: baseLine, colour: Colour(red: 1, green: 1, blue: 1),
        strength: 0.78)
      baseLine -= Int(line.size * 2.1)
    }
    if let block = TextBlock(title, width: side - 2 * left, sizes: [42, 36, 30, 25, 21], lines: 3) {
      block.draw(
        on: image, x: left, bottom: baseLine, colour: Colour(red: 1, green: 1, blue: 1),
        strength: 1)
    }
    return image
  }

  /// Background, cymbal and the shade under the text, all computed per pixel and so free of steps.
  private func paint(_ image: borrowing Image, side: Int) {
    let seed = Self.hash(title + "\u{0}" + artist)
    let hue = Double(seed & 0xFFFF) / 65_536
    let dark = Colour(hue: hue + 0.06, saturation: 0.55, lightness: 0.13)
    let light = Colour(hue: hue, saturation: 0.6, lightness: 0.36)
    let metal = Colour(hue: hue + 0.03, saturation: 0.85, lightness: 0.74)
    let centreX = 0.55 + 0.25 * Double(seed >> 16 & 0xFF) / 255
    let centreY = 0.28 + 0.14 * Double(seed >> 24 & 0xFF) / 255
    let glint = 2 * .pi * Double(seed >> 32 & 0xFF) / 255
    let shadow = dark.mixed(with: Colour(red: 0, green: 0, blue: 0), 0.5)
    let pixel = 1 / Double(side)
    image.paint { x, y in
      let u = (Double(x) + 0.5) * pixel
      let v = (Double(y) + 0.5) * pixel
      let ground = light.mixed(with: dark, min(1, (0.35 * u + v) / 1.2))
      let dx = u - centreX
      let dy = v - centreY
      let radius = (dx * dx + dy * dy).squareRoot()
      let shine = Self.cymbal(radius: radius, angle: atan2(dy, dx) - glint, pixel: pixel)
      // Text stands in the lower half: let the picture sink away there.
      return ground.mixed(with: metal, shine).mixed(with: shadow, Self.step(0.45, 0.95, v) * 0.72)
    }
  }

  /// How bright the cymbal is at a place: bell, grooves, edge, and the two opposite sheens that
  /// turned metal shows.
  private static func cymbal(radius: Double, angle: Double, pixel: Double) -> Double {
    let edge = 0.46
    guard radius < edge + pixel else { return 0 }
    let inside = 1 - step(edge - pixel, edge + pixel, radius)
    let facing = cos(angle) * cos(angle)
    let sheen = facing * facing * facing
    let grooves = 0.5 + 0.5 * cos(radius * 2 * .pi / 0.023)
    let bow = 0.16 + 0.38 * sheen + 0.05 * grooves * step(0.11, 0.14, radius)
    let bell = 0.22 * (1 - step(0.095 - pixel, 0.095 + pixel, radius))
    let rim = 0.25 * step(edge - 3 * pixel, edge - pixel, radius)
    let hole = 1 - 0.8 * (1 - step(0.012 - pixel, 0.012 + pixel, radius))
    return inside * (bow + bell + rim) * hole
  }

  /// 0 below `low`, 1 above `high`, smooth between.
  private static func step(_ low: Double, _ high: Double, _ value: Double) -> Double {
    if value <= low { return 0 }
    if value >= high { return 1 }
    let t = (value - low) / (high - low)
    return t * t * (3 - 2 * t)
  }

  /// FNV-1a: Swift's own hashes change from run to run.
  private static func hash(_ text: String) -> UInt64 {
    let sum = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    // The last letters have not reached the upper bits yet.
    return (sum ^ sum >> 29) &* 0xBF58_476D_1CE4_E5B9
  }
}

/// Text broken into lines that fit.
struct TextBlock {
  let lines: [String]
  let size: Double
  let font: Font

  /// Takes the first of `sizes` (points) at which the text fits into `lines` lines of `width`
  /// pixels; the last size cuts it short. `nil` when there is nothing to draw or no font for it.
  init?(_ text: String, width: Int, sizes: [Double], lines: Int) {
    let text = Self.drawable(text)
    guard !text.isEmpty,
      let font = Font.candidates(for: text).first(where: {
        Image.width(of: text, font: $0, size: sizes[0]) != nil
      })
    else { return nil }
    func fits(_ line: String, _ size: Double) -> Bool {
      (Image.width(of: line, font: font, size: size) ?? 0) <= width
    }
    let pieces = Self.pieces(text)
    for size in sizes {
      let broken = Self.broken(pieces) { fits($0, size) }
      if broken.count <= lines, broken.allSatisfy({ fits($0, size) }) {
        self.lines = broken
        self.size = size
        self.font = font
        return
      }
    }
    let size = sizes[sizes.count - 1]
    var cut = Array(Self.broken(pieces) { fits($0, size) }.prefix(lines))
    var last = cut.removeLast()
    while !last.isEmpty, !fits(last + "…", size) { last.removeLast() }
    self.lines = cut + [last + "…"]
    self.size = size
    self.font = font
  }

  /// What gd can draw: it misreads letters beyond U+FFFF, emoji above all, and shows controls and
  /// variation selectors as boxes.
  private static func drawable(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(400).filter { scalar in
      let category = scalar.properties.generalCategory
      return scalar.value <= 0xFFFF && category != .control && category != .format
        && !scalar.properties.isVariationSelector
    }
    let words = String(String.UnicodeScalarView(scalars)).split(separator: " ")
    return String(words.joined(separator: " ").prefix(200))
  }

  /// What may not be broken: words, and single letters of writing without spaces.
  private static func pieces(_ text: String) -> [String] {
    if case .language(let code) = Script(of: text), code != "ko" { return text.map(String.init) }
    return text.split(separator: " ").enumerated().map { ($0 == 0 ? "" : " ") + $1 }
  }

  private static func broken(_ pieces: [String], fits: (String) -> Bool) -> [String] {
    var lines: [String] = []
    for piece in pieces {
      if let last = lines.last, fits(last + piece) {
        lines[lines.count - 1] += piece
      } else {
        lines.append(String(piece.drop { $0 == " " }))
      }
    }
    return lines
  }

  /// Draws with the last base line at `bottom`, a soft shadow behind.
  func draw(on image: borrowing Image, x: Int, bottom: Int, colour: Colour, strength: Double) {
    let lineHeight = Int(size * 1.55)
    let grey = Colour(red: 0, green: 0, blue: 0).mixed(with: colour, strength)
    for (i, line) in lines.enumerated() {
      let y = bottom - (lines.count - 1 - i) * lineHeight
      image.draw(
        line, x: x + 1, y: y + 2, font: font, size: size, colour: Colour(red: 0, green: 0, blue: 0))
      image.draw(line, x: x, y: y, font: font, size: size, colour: grey)
    }
  }
}
