internal import CGD

/// One true-colour gd image.
@safe struct Image: ~Copyable {
  private let raw: gdImagePtr

  /// Black, `width` by `height` pixels.
  init(width: Int, height: Int) throws(ArtworkError) {
    Self.silenceLibrary()
    guard let raw = unsafe gdImageCreateTrueColor(Int32(width), Int32(height)) else {
      throw ArtworkError(reason: "there is not enough memory for \(width)x\(height) pixels")
    }
    unsafe self.raw = raw
  }

  /// Decodes JPEG, PNG, GIF or WebP; `nil` when it is none of them, damaged or too large.
  init?(decoding bytes: [UInt8]) {
    guard let header = PictureHeader(bytes), header.isAcceptable, bytes.count < Int32.max else {
      return nil
    }
    Self.silenceLibrary()
    var bytes = bytes
    let count = Int32(bytes.count)
    let decoded =
      switch header.format {
      case .jpeg: unsafe gdImageCreateFromJpegPtr(count, &bytes)
      case .png: unsafe gdImageCreateFromPngPtr(count, &bytes)
      case .gif: unsafe gdImageCreateFromGifPtr(count, &bytes)
      case .webp: unsafe gdImageCreateFromWebpPtr(count, &bytes)
      }
    guard let raw = unsafe decoded else { return nil }
    unsafe self.raw = raw
  }

  deinit { unsafe gdImageDestroy(raw) }

  var width: Int { Int(unsafe raw.pointee.sx) }
  var height: Int { Int(unsafe raw.pointee.sy) }

  /// The central square, resampled; what is transparent becomes dark grey.
  func square(side: Int) throws(ArtworkError) -> Image {
    let result = try Image(width: side, height: side)
    result.fill(Colour(red: 0.1, green: 0.1, blue: 0.1))
    let edge = min(width, height)
    unsafe gdImageCopyResampled(
      result.raw, raw, 0, 0, Int32((width - edge) / 2), Int32((height - edge) / 2), Int32(side),
      Int32(side), Int32(edge), Int32(edge))
    return result
  }

  func fill(_ colour: Colour) {
    unsafe gdImageFilledRectangle(
      raw, 0, 0, Int32(width - 1), Int32(height - 1), colour.packed)
  }

  /// Sets every pixel to what `colour` says for its column and row.
  func paint(_ colour: (Int, Int) -> Colour) {
    for y in 0..<height {
      for x in 0..<width {
        unsafe gdImageSetPixel(raw, Int32(x), Int32(y), colour(x, y).packed)
      }
    }
  }

  /// Mixes a colour into a pixel; 1 replaces what is there.
  func mix(_ colour: Colour, _ amount: Double, x: Int, y: Int) {
    let old = Colour(packed: unsafe gdImageGetTrueColorPixel(raw, Int32(x), Int32(y)))
    unsafe gdImageSetPixel(raw, Int32(x), Int32(y), old.mixed(with: colour, amount).packed)
  }

  /// Draws one line of text; `x`, `y` are the left end of its base line.
  func draw(_ text: String, x: Int, y: Int, font: Font, size: Double, colour: Colour) {
    _ = unsafe Self.text(raw, text, x: x, y: y, font: font, size: size, colour: colour.packed)
  }

  /// The width in pixels of a line of text, `nil` when the font cannot be used.
  static func width(of text: String, font: Font, size: Double) -> Int? {
    unsafe Self.text(nil, text, x: 0, y: 0, font: font, size: size, colour: 0)
  }

  /// The file that a font is read from, `nil` when there is none.
  static func file(of font: Font) -> String? {
    var corners = [Int32](repeating: 0, count: 8)
    var extra = unsafe gdFTStringExtra()
    unsafe extra.flags = flags(font) | Int32(gdFTEX_RETURNFONTPATHNAME)
    let failure = unsafe gdImageStringFTEx(
      nil, &corners, 0, font.name, 20, 0, 0, 0, "x", &extra)
    guard unsafe failure == nil, let path = unsafe extra.fontpath else { return nil }
    defer { unsafe gdFree(path) }
    return unsafe String(cString: path)
  }

  private static func text(
    _ image: gdImagePtr?, _ text: String, x: Int, y: Int, font: Font, size: Double, colour: Int32
  ) -> Int? {
    var corners = [Int32](repeating: 0, count: 8)
    var extra = unsafe gdFTStringExtra()
    unsafe extra.flags = flags(font)
    let failure = unsafe gdImageStringFTEx(
      image, &corners, colour, font.name, size, 0, Int32(x), Int32(y), text, &extra)
    return unsafe failure == nil ? Int(corners[2] - corners[0]) : nil
  }

  private static func flags(_ font: Font) -> Int32 {
    Int32(font.isPattern ? gdFTEX_FONTCONFIG : gdFTEX_FONTPATHNAME)
  }

  /// The image as a PNG file.
  func png() throws(ArtworkError) -> [UInt8] {
    var count: Int32 = 0
    guard let data = unsafe gdImagePngPtr(raw, &count) else {
      throw ArtworkError(reason: "the PNG could not be written")
    }
    defer { unsafe gdFree(data) }
    return unsafe Array(UnsafeRawBufferPointer(start: data, count: Int(count)))
  }

  /// gd prints warnings about broken pictures to standard error; they are no news to anybody.
  /// Also prepares its font cache, which must happen once before threads use it.
  private static func silenceLibrary() { _ = isSilent }
  private static let isSilent: Bool = {
    unsafe gdSetErrorMethod { _, _, _ in }
    return gdFontCacheSetup() == 0
  }()
}

/// An opaque colour; parts are 0...1 and clamped.
struct Colour {
  var red: Double
  var green: Double
  var blue: Double

  /// As gd stores true colour.
  var packed: Int32 {
    Self.byte(red) << 16 | Self.byte(green) << 8 | Self.byte(blue)
  }

  private static func byte(_ part: Double) -> Int32 {
    Int32((part < 0 ? 0 : part > 1 ? 1 : part) * 255 + 0.5)
  }

  /// `hue` in turns, the others 0...1.
  init(hue: Double, saturation: Double, lightness: Double) {
    let chroma = (1 - abs(2 * lightness - 1)) * saturation
    func part(_ shift: Double) -> Double {
      let position = ((hue + shift).truncatingRemainder(dividingBy: 1) + 1)
        .truncatingRemainder(dividingBy: 1)
      let distance = min(max(abs(position * 6 - 3) - 1, 0), 1)
      return lightness + chroma * (distance - 0.5)
    }
    self.init(red: part(0), green: part(-1 / 3.0), blue: part(1 / 3.0))
  }

  /// From gd's true colour.
  init(packed: Int32) {
    self.init(
      red: Double(packed >> 16 & 0xFF) / 255, green: Double(packed >> 8 & 0xFF) / 255,
      blue: Double(packed & 0xFF) / 255)
  }

  /// From `#rrggbb`; black where it is none.
  init(hex: String) { self.init(packed: Int32(hex.dropFirst(), radix: 16) ?? 0) }

  init(red: Double, green: Double, blue: Double) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  func mixed(with other: Colour, _ amount: Double) -> Colour {
    Colour(
      red: red + (other.red - red) * amount, green: green + (other.green - green) * amount,
      blue: blue + (other.blue - blue) * amount)
  }
}
