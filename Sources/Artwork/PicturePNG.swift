package import ChartFormat

/// Paints a picture of shapes as a PNG file.
package enum PicturePNG {
  /// Pixels a point, so that small gems stay readable.
  private static let density = 2.0
  /// Pixels; beyond it a picture is painted smaller.
  private static let mostPixels = 60e6

  /// The file's bytes. Writing that the installed fonts or gd cannot set is left out.
  package static func bytes(of picture: Picture) throws(ArtworkError) -> [UInt8] {
    let area = picture.width * picture.height * density * density
    let scale = density * min(1, (mostPixels / max(area, 1)).squareRoot())
    let image = try Image(
      width: max(1, Int((picture.width * scale).rounded())),
      height: max(1, Int((picture.height * scale).rounded())))
    image.fill(Colour(hex: picture.background))
    let painter = ShapePainter(scale: scale)
    for shape in picture.shapes { painter.paint(shape, on: image) }
    return try image.png()
  }
}

/// Paints shapes without steps: every pixel gets as much colour as the shape covers of it, which for
/// shapes of some pixels follows from how far its middle is from the shape's edge.
private struct ShapePainter {
  let scale: Double

  func paint(_ shape: Picture.Shape, on image: borrowing Image) {
    switch shape {
    case .rectangle(let corner, let width, let height, let colour, let opacity):
      let (x, y) = (corner.x * scale, corner.y * scale)
      let (right, bottom) = (x + width * scale, y + height * scale)
      cover(image, x, y, right, bottom, colour, opacity) { column, row in
        Self.overlap(column, x, right) * Self.overlap(row, y, bottom)
      }
    case .line(let points, let colour, let width):
      for (a, b) in zip(points, points.dropFirst()) {
        line(a, b, max(width * scale, 1), colour, on: image)
      }
    case .dots(let points, let radius, let colour, let opacity):
      for point in points {
        round(point, radius, colour, opacity, on: image) { radius * scale - $0 }
      }
    case .rings(let points, let radius, let colour):
      for point in points {
        round(point, radius + 0.5, colour, 1, on: image) { scale / 2 - abs($0 - radius * scale) }
      }
    case .triangles(let points, let colour):
      for point in points { triangle(Picture.triangle(at: point), colour, on: image) }
    case .text(let point, let text, let size, let colour):
      // gd counts in points of 1/72 inch at 96 dots an inch.
      let points = size * scale * 0.75
      let font = Font.candidates(for: text).first {
        Image.width(of: text, font: $0, size: points) != nil
      }
      guard let font else { return }
      image.draw(
        text, x: Int((point.x * scale).rounded()), y: Int((point.y * scale).rounded()), font: font,
        size: points, colour: Colour(hex: colour))
    }
  }

  /// How much of the pixel that begins at `pixel` lies between two places.
  private static func overlap(_ pixel: Int, _ from: Double, _ to: Double) -> Double {
    max(0, min(Double(pixel + 1), to) - max(Double(pixel), from))
  }

  private func line(
    _ a: Picture.Point, _ b: Picture.Point, _ width: Double, _ colour: String,
    on image: borrowing Image
  ) {
    let (ax, ay, bx, by) = (a.x * scale, a.y * scale, b.x * scale, b.y * scale)
    let (dx, dy) = (bx - ax, by - ay)
    let square = max(dx * dx + dy * dy, 1e-9)
    let half = width / 2
    cover(
      image, min(ax, bx) - half, min(ay, by) - half, max(ax, bx) + half, max(ay, by) + half, colour,
      1
    ) { column, row in
      let (x, y) = (Double(column) + 0.5 - ax, Double(row) + 0.5 - ay)
      let along = min(max((x * dx + y * dy) / square, 0), 1)
      let (ox, oy) = (x - along * dx, y - along * dy)
      return half + 0.5 - (ox * ox + oy * oy).squareRoot()
    }
  }

  /// - Parameter inside: how deep inside the shape a distance from its middle is, pixels.
  private func round(
    _ point: Picture.Point, _ radius: Double, _ colour: String, _ opacity: Double,
    on image: borrowing Image, inside: (Double) -> Double
  ) {
    let (x, y, reach) = (point.x * scale, point.y * scale, radius * scale + 1)
    cover(image, x - reach, y - reach, x + reach, y + reach, colour, opacity) { column, row in
      let (dx, dy) = (Double(column) + 0.5 - x, Double(row) + 0.5 - y)
      return inside((dx * dx + dy * dy).squareRoot()) + 0.5
    }
  }

  private func triangle(
    _ corners: [Picture.Point], _ colour: String, on image: borrowing Image
  ) {
    let points = corners.map { ($0.x * scale, $0.y * scale) }
    let (xs, ys) = (points.map(\.0), points.map(\.1))
    cover(image, xs.min()!, ys.min()!, xs.max()!, ys.max()!, colour, 1) { column, row in
      let (x, y) = (Double(column) + 0.5, Double(row) + 0.5)
      return points.indices.map { i in
        let (a, b) = (points[i], points[(i + 1) % points.count])
        let (dx, dy) = (b.0 - a.0, b.1 - a.1)
        let depth = ((y - a.1) * dx - (x - a.0) * dy) / (dx * dx + dy * dy).squareRoot()
        return depth + 0.5
      }.min()!
    }
  }

  /// Mixes a colour into a rectangle of pixels by the share of each that is covered.
  private func cover(
    _ image: borrowing Image, _ left: Double, _ top: Double, _ right: Double, _ bottom: Double,
    _ colour: String, _ opacity: Double, share: (Int, Int) -> Double
  ) {
    let colour = Colour(hex: colour)
    let (endRow, endColumn) = (min(image.height, Int(bottom) + 2), min(image.width, Int(right) + 2))
    for row in stride(from: max(0, Int(top) - 1), to: endRow, by: 1) {
      for column in stride(from: max(0, Int(left) - 1), to: endColumn, by: 1) {
        let part = min(1, share(column, row)) * opacity
        if part > 0 { image.mix(colour, part, x: column, y: row) }
      }
    }
  }
}
