/// A grid of numbers as a picture: a spectrogram, an activation map.
package enum Heatmap {
  /// A PNG of `width` by `height` pixels.
  ///
  /// - Parameter value: 0...1 by column and row, row 0 at the top; dark blue over green to yellow.
  /// - Throws: ``ArtworkError`` when memory runs out.
  package static func png(
    width: Int, height: Int, value: (_ column: Int, _ row: Int) -> Float
  ) throws(ArtworkError) -> [UInt8] {
    let image = try Image(width: width, height: height)
    image.paint { column, row in colour(Double(min(max(value(column, row), 0), 1))) }
    return try image.png()
  }

  /// Five colours of even steps in lightness, as in matplotlib's viridis, with straight lines
  /// between them.
  private static let stops: [Colour] = [
    Colour(red: 0.27, green: 0.00, blue: 0.33), Colour(red: 0.23, green: 0.32, blue: 0.55),
    Colour(red: 0.13, green: 0.57, blue: 0.55), Colour(red: 0.37, green: 0.79, blue: 0.38),
    Colour(red: 0.99, green: 0.91, blue: 0.14),
  ]

  private static func colour(_ value: Double) -> Colour {
    let position = value * Double(stops.count - 1)
    let index = min(Int(position), stops.count - 2)
    return stops[index].mixed(with: stops[index + 1], position - Double(index))
  }
}
