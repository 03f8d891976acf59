/// A drawing made of few kinds of shapes, so that it can be written as SVG and painted as PNG alike.
/// Lengths are in points, `y` grows downwards; colours are `#rrggbb`.
package struct Picture: Sendable {
  package struct Point: Hashable, Sendable {
    package var x: Double
    package var y: Double

    package init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  package enum Shape: Sendable {
    case rectangle(Point, width: Double, height: Double, colour: String, opacity: Double)
    /// Connected points.
    case line([Point], colour: String, width: Double)
    /// Filled circles.
    case dots([Point], radius: Double, colour: String, opacity: Double)
    /// Empty circles, drawn one point thick.
    case rings([Point], radius: Double, colour: String)
    /// Triangles that stand on their base, centred like dots of 3 points.
    case triangles([Point], colour: String)
    /// The left end of its base line stands at the point.
    case text(Point, String, size: Double, colour: String)
  }

  package var width: Double
  package var height: Double
  package var background: String
  package var shapes: [Shape] = []

  package init(width: Double, height: Double, background: String) {
    self.width = width
    self.height = height
    self.background = background
  }

  /// The corners of a triangle at a point.
  package static func triangle(at point: Point) -> [Point] {
    [
      Point(point.x, point.y - 3), Point(point.x + 3, point.y + 2.4),
      Point(point.x - 3, point.y + 2.4),
    ]
  }

  /// The picture as an SVG file. Shapes of one look share a path, so that a song stays some hundred
  /// kilobytes.
  package func svg() -> String {
    let size = "width=\"\(number(width))\" height=\"\(number(height))\""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \(size) \
      viewBox="0 0 \(number(width)) \(number(height))" font-family="sans-serif">
      <rect width="100%" height="100%" fill="\(background)"/>
      \(shapes.map(element).joined(separator: "\n"))
      </svg>

      """
  }

  private func element(_ shape: Shape) -> String {
    switch shape {
    case .rectangle(let corner, let width, let height, let colour, let opacity):
      return "<rect x=\"\(number(corner.x))\" y=\"\(number(corner.y))\" "
        + "width=\"\(number(width))\" height=\"\(number(height))\" fill=\"\(colour)\" "
        + "opacity=\"\(number(opacity))\"/>"
    case .line(let points, let colour, let width):
      let path = points.enumerated().map { ($0 == 0 ? "M" : "L") + place($1) }.joined()
      return "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" "
        + "stroke-width=\"\(number(width))\"/>"
    case .dots(let points, let radius, let colour, let opacity):
      let path = points.map { "M" + place($0) + "h0" }.joined()
      return "<path d=\"\(path)\" stroke=\"\(colour)\" stroke-width=\"\(number(2 * radius))\" "
        + "stroke-linecap=\"round\" opacity=\"\(number(opacity))\"/>"
    case .rings(let points, let radius, let colour):
      let (r, d) = (number(radius), number(2 * radius))
      let path = points.map {
        "M" + place($0) + "m-\(r) 0a\(r) \(r) 0 1 0 \(d) 0a\(r) \(r) 0 1 0 -\(d) 0"
      }.joined()
      return "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour)\"/>"
    case .triangles(let points, let colour):
      let path = points.map { "M" + place($0) + "m0 -3l3 5.4h-6z" }.joined()
      return "<path d=\"\(path)\" fill=\"\(colour)\"/>"
    case .text(let point, let text, let size, let colour):
      let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      return "<text x=\"\(number(point.x))\" y=\"\(number(point.y))\" "
        + "font-size=\"\(number(size))\" fill=\"\(colour)\">\(escaped)</text>"
    }
  }

  private func place(_ point: Point) -> String { "\(number(point.x)) \(number(point.y))" }

  private func number(_ value: Double) -> String {
    let text = Figures.decimal(value, 2)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }
}
